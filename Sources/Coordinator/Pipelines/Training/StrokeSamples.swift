internal import Forest
internal import Imaging

/// The strokes that the samples of a training set belong to, in the order of the samples.
///
/// Labels are read once more, row by row. Memory: 13 bytes a sample that is wanted, and what `StrokeTracer` takes.
struct StrokeSamples: Sendable {
    /// Rows of the training table, ascending; all of it where every sample is wanted.
    let rows: [UInt32]
    /// `[sample]`: the class index.
    let classes: [UInt8]
    /// `[sample]`: the number of its stroke, as `StrokeTracer` gives it.
    private let strokes: [UInt32]
    /// `[sample]`: the block of its image that it lies in, row by row.
    private let blocks: [UInt32]
    /// `[image]`: the position of its first sample.
    private let starts: [Int]

    /// The same while labels are read.
    private struct Columns {
        var rows: [UInt32] = []
        var classes: [UInt8] = []
        var strokes: [UInt32] = []
        var blocks: [UInt32] = []
        var starts: [Int] = []
    }

    /// Side of a block in pixels: what stands for a stroke where one has most of its class, or there are too many.
    static let blockSide = 256

    /// - Parameters:
    ///   - pairs: images with their labels.
    ///   - selection: which labelled pixels are samples.
    ///   - indices: the class index of each label.
    ///   - isWanted: which samples are wanted.
    /// - Throws: `ImageError` of the files.
    init(
        of pairs: [TrainingPair], _ labels: LabelInputs, _ selection: SampleSelection, _ indices: [Int: UInt8],
        strokesMax: Int = StrokeTracer.strokesUsuallyMax,
        where isWanted: (_ image: Int, _ position: Int) -> Bool = { _, _ in true }
    ) throws {
        var tracer = StrokeTracer(strokesMax: strokesMax)
        var found = Columns()
        var sample = 0
        for (image, pair) in pairs.enumerated() {
            found.starts.append(found.classes.count)
            tracer.beginMap()
            var next = 0
            _ = try LabelCensus.forEachRow(of: pair, labels) { row in
                // Rows that are left out have no labels: nothing reaches over them.
                if row.number != next { tracer.beginMap() }
                next = row.number + 1
                let blockStart = row.number / Self.blockSide * ((row.width - 1) / Self.blockSide + 1)
                for run in tracer.add(row.labels, from: row.firstColumn) {
                    guard let index = indices[Int(run.label)] else { continue }
                    for column in run.columns {
                        let position = row.number * row.width + column
                        guard selection.takes(image: image, position: position, label: Int(run.label)) else { continue }
                        defer { sample += 1 }
                        guard isWanted(image, position) else { continue }
                        found.rows.append(UInt32(sample))
                        found.classes.append(index)
                        found.strokes.append(run.stroke)
                        found.blocks.append(UInt32(clamping: blockStart + column / Self.blockSide))
                    }
                }
            }
        }
        (rows, classes, blocks, starts) = (found.rows, found.classes, found.blocks, found.starts)
        strokes = found.strokes.map { $0 == StrokeTracer.untraced ? $0 : tracer.stroke(of: $0) }
    }

    /// What is left out as one: a stroke, or of a stroke that is cut, or of those beyond the limit, what lies in one block.
    private struct Part: Hashable {
        var stroke: UInt32
        /// Of samples beyond the limit of strokes; 0 of others.
        var image: Int
        var index: UInt8
        /// Of a stroke that is cut; 0 of others.
        var block: UInt32
    }

    /// The image of each sample.
    private func forEachSample(_ body: (_ sample: Int, _ image: Int) -> Void) {
        for image in starts.indices {
            let end = image + 1 < starts.count ? starts[image + 1] : classes.count
            for sample in starts[image]..<end { body(sample, image) }
        }
    }

    /// The folds of the samples by images; nil unless every class can be judged so.
    private func imageFolds(_ folds: Int) -> SampleFolds? {
        var counts = [[UInt8: Int]](repeating: [:], count: starts.count)
        forEachSample { sample, image in counts[image][classes[sample], default: 0] += 1 }
        let images = counts.indices.filter { !counts[$0].isEmpty }
        guard images.count > 1 else { return nil }
        let assignment = FoldAssignment(
            images.map { FoldAssignment.Group(samplesOfClass: counts[$0]) }, folds: min(folds, images.count))
        guard assignment.unjudged.isEmpty else { return nil }
        let foldOfImage = Dictionary(uniqueKeysWithValues: zip(images, assignment.foldOfGroup))
        var foldOfSample = [UInt8](repeating: FoldAssignment.never, count: classes.count)
        forEachSample { sample, image in foldOfSample[sample] = foldOfImage[image] ?? FoldAssignment.never }
        return SampleFolds(
            foldOfSample: foldOfSample, unit: .images, partsOfClass: partCounts(counts.map { [UInt8]($0.keys) }), cutClasses: [])
    }

    private func partCounts(_ classesOfPart: some Sequence<[UInt8]>) -> [Int] {
        var counts = [Int](repeating: 0, count: 256)
        for one in classesOfPart { for index in one { counts[Int(index)] += 1 } }
        return counts
    }

    /// The folds of the samples.
    ///
    /// Whole images are left out where there are several and each class can be learned without any of the folds; as many folds as images
    /// where those are fewer. Otherwise strokes are left out. A stroke that has more than half of the samples of its class, and lies in at
    /// least two blocks of 256×256 pixels a fold, is cut along the blocks: a region that was filled is no stroke. A class of which one
    /// fold would have all samples is never left out, so that nothing is known of it.
    ///
    /// - Parameter folds: in `FoldAssignment.foldCountRange`.
    func folds(_ folds: Int) -> SampleFolds {
        if let folds = imageFolds(folds) { return folds }
        let cut = cutStrokes(folds)
        var numbers: [Part: Int] = [:]
        var groups: [FoldAssignment.Group] = []
        var groupOfSample = [UInt32](repeating: 0, count: classes.count)
        forEachSample { sample, image in
            let (stroke, index) = (strokes[sample], classes[sample])
            let isUntraced = stroke == StrokeTracer.untraced
            let part = Part(
                stroke: stroke, image: isUntraced ? image : 0, index: index,
                block: isUntraced || cut.contains(stroke) ? blocks[sample] : 0)
            let number = numbers[part] ?? groups.count
            if number == groups.count {
                numbers[part] = number
                groups.append(FoldAssignment.Group(samplesOfClass: [:]))
            }
            groups[number].samplesOfClass[index, default: 0] += 1
            groupOfSample[sample] = UInt32(number)
        }
        let assignment = FoldAssignment(groups, folds: folds)
        let never = Set(assignment.unjudged)
        let foldOfSample = classes.indices.map {
            never.contains(classes[$0]) ? FoldAssignment.never : assignment.foldOfGroup[Int(groupOfSample[$0])]
        }
        let cutClasses = Set(classes.indices.lazy.filter { cut.contains(strokes[$0]) }.map { classes[$0] }).sorted()
        return SampleFolds(
            foldOfSample: foldOfSample, unit: .strokes, partsOfClass: partCounts(groups.map { [UInt8]($0.samplesOfClass.keys) }),
            cutClasses: cutClasses)
    }

    /// Strokes with more than half of the samples of their class, which lie in many blocks.
    private func cutStrokes(_ folds: Int) -> Set<UInt32> {
        var total = [Int](repeating: 0, count: 256)
        var sizes: [UInt32: Int] = [:]
        for sample in classes.indices {
            total[Int(classes[sample])] += 1
            if strokes[sample] != StrokeTracer.untraced { sizes[strokes[sample], default: 0] += 1 }
        }
        var large: [UInt32: Set<UInt32>] = [:]
        for sample in classes.indices {
            let stroke = strokes[sample]
            guard let size = sizes[stroke], 2 * size > total[Int(classes[sample])] else { continue }
            large[stroke, default: []].insert(blocks[sample])
        }
        return Set(large.filter { $0.value.count >= 2 * folds }.keys)
    }
}

/// Which samples are left out together.
struct SampleFolds: Hashable, Sendable {
    /// `[sample]`: `FoldAssignment.never`, or a fold.
    let foldOfSample: [UInt8]
    let unit: AccuracyEstimate.Unit
    /// `[class]`: strokes or images with samples of it.
    let partsOfClass: [Int]
    /// Classes of which a stroke was cut into blocks, ascending.
    let cutClasses: [UInt8]

    /// Folds with samples, ascending.
    var folds: [Int] { Set(foldOfSample).subtracting([FoldAssignment.never]).map { Int($0) }.sorted() }
}
