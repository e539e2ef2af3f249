internal import Imaging

extension CellWindow {
    /// Gives the pixels of each hole to the object around it.
    ///
    /// A hole is a connected region of pixels of no object, under the other connectivity than the objects', that touches one object alone,
    /// not the image's border, and fits into a box of `ObjectRules.reach` pixels.
    mutating func fillHoles(_ connectivity: ObjectRules.Connectivity) {
        let holes = RunComponents(self, in: frame, connectivity, ofTheRest: true)
        let objects = RunComponents(self, in: frame, connectivity)
        let owners = owners(of: holes, objects, reach: connectivity == .four ? 1 : 0)
        let boxes = holes.boxes
        for y in frame.y..<frame.endY {
            for run in holes.runs(ofRow: y) {
                let (hole, box) = (Int(run.component), boxes[Int(run.component)])
                // A region at a side of the window may go on there, or is at the image's border.
                guard box.x > frame.x, box.y > frame.y, box.endX < frame.endX, box.endY < frame.endY,
                    box.width <= ObjectRules.reach, box.height <= ObjectRules.reach, case .one(_, let value) = owners[hole]
                else { continue }
                let first = index(x: Int(run.start), y: y)
                for cell in first..<first + Int(run.end - run.start) { cells[cell] = value }
            }
        }
    }

    /// The objects that a region touches.
    private enum Owner {
        case none
        case one(component: Int32, value: UInt32)
        case several

        mutating func add(_ run: RunComponents.Run) {
            switch self {
            case .none: self = .one(component: run.component, value: run.value)
            case .one(let component, _): if component != run.component { self = .several }
            case .several: break
            }
        }
    }

    /// `[hole]`: which objects have a pixel beside one of the hole's; `reach` is 1 if corners count.
    private func owners(of holes: RunComponents, _ objects: RunComponents, reach: Int32) -> [Owner] {
        var owners = [Owner](repeating: .none, count: holes.count)
        for y in frame.y..<frame.endY {
            for other in max(frame.y, y - 1)..<min(frame.endY, y + 2) {
                let reach = other == y ? 1 : reach
                let row = objects.runs(ofRow: other)
                var first = row.startIndex
                for run in holes.runs(ofRow: y) {
                    while first < row.endIndex, row[first].end + reach <= run.start { first += 1 }
                    var next = first
                    while next < row.endIndex, row[next].start < run.end + reach {
                        owners[Int(run.component)].add(row[next])
                        next += 1
                    }
                }
            }
        }
        return owners
    }
}
