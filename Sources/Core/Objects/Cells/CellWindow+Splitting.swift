internal import Imaging

extension CellWindow {
    /// Splits the objects that touch `part` of the window and fit into a box of `ObjectRules.reach` pixels at their necks.
    ///
    /// What becomes of an object depends on its own pixels alone. Its parts get values with the position of their first pixel, so that they
    /// are the same parts in every window.
    mutating func split(in part: PixelRect, _ connectivity: ObjectRules.Connectivity, depth: Double) {
        let objects = RunComponents(self, in: frame, connectivity)
        let boxes = objects.boxes
        var wanted: [Int] = []
        for (index, box) in boxes.enumerated() {
            guard box.x < part.endX, box.endX > part.x, box.y < part.endY, box.endY > part.y,
                box.width <= ObjectRules.reach, box.height <= ObjectRules.reach,
                !touchesCut(x: box.x, y: box.y, endX: box.endX, endY: box.endY)
            else { continue }
            wanted.append(index)
        }
        guard !wanted.isEmpty else { return }
        var places = [Int](repeating: -1, count: boxes.count)
        for (place, index) in wanted.enumerated() { places[index] = place }
        var runs = [[(y: Int, run: RunComponents.Run)]](repeating: [], count: wanted.count)
        for y in frame.y..<frame.endY {
            for run in objects.runs(ofRow: y) where places[Int(run.component)] >= 0 {
                runs[places[Int(run.component)]].append((y, run))
            }
        }
        for (place, index) in wanted.enumerated() { split(runs[place], boxes[index], connectivity, depth) }
    }

    private mutating func split(
        _ runs: [(y: Int, run: RunComponents.Run)], _ box: RunComponents.Box, _ connectivity: ObjectRules.Connectivity,
        _ depth: Double
    ) {
        var mask = [Bool](repeating: false, count: box.width * box.height)
        for (y, run) in runs {
            let first = (y - box.y) * box.width - box.x
            for x in Int(run.start)..<Int(run.end) { mask[first + x] = true }
        }
        let basins = Watershed.basins(of: mask, width: box.width, height: box.height, connectivity, depth: depth)
        guard basins.count > 1, let value = runs.first?.run.value else { return }
        let label = values[Int(value) - 1].label
        var numbers = [UInt32](repeating: 0, count: basins.count)
        for (pixel, basin) in basins.numbers.enumerated() where basin >= 0 {
            let (x, y) = (box.x + pixel % box.width, box.y + pixel / box.width)
            if numbers[Int(basin)] == 0 {
                values.append(CellValue(label: label, part: y * imageWidth + x))
                numbers[Int(basin)] = UInt32(values.count)
            }
            cells[index(x: x, y: y)] = numbers[Int(basin)]
        }
    }
}
