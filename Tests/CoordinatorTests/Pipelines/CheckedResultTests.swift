@testable import Forest
import Foundation
@testable import Imaging
@testable import Jobs
@testable import Primitives
@testable import Protocol
import Testing

@testable import Coordinator

/// Results that are well-formed documents, but not the job's: they count against the worker, and never reach an output.
@Suite struct CheckedResultTests {
    private func table() throws -> TrainingTable {
        let bins = (0..<40 * 3).map { UInt8($0 % 7) }
        return try TrainingTable(featureCount: 3, classCount: 2, bins: bins, classes: (0..<40).map { UInt8($0 % 2) })
    }

    private func treeOutput() throws -> TreeJob.Output {
        let table = try table()
        let bytes = try TableDocument(table).encoded()
        let hash = ContentHash(of: bytes)
        let job = TreeJob(table: hash, parameters: try ForestParameters(trees: 2), firstTree: 0, treeCount: 2)
        return try job.run(in: SlotWorkspace(), blobs: BlobSet([hash: try Blob(decoding: bytes)]))
    }

    @Test func `trees as a worker makes them are accepted`() throws {
        #expect(try GrownTrees(try treeOutput(), firstTree: 0, treeCount: 2, table: table().shape).trees.count == 2)
    }

    @Test(arguments: ["few trees", "short votes", "huge votes", "NaN importance", "narrow importances", "other classes"])
    func `trees that cannot be the job's are refused`(damage: String) throws {
        var output = try treeOutput()
        let votes = output.outOfBagVotes
        switch damage {
        case "few trees": output.trees.removeLast()
        case "short votes": output.outOfBagVotes = WireArray([UInt32](repeating: 0, count: 10), .uint32, shape: [5, 2])
        case "huge votes":
            output.outOfBagVotes = WireArray([UInt32](repeating: .max, count: votes.count), .uint32, shape: votes.shape)
        case "NaN importance": output.importances = WireArray([Double](repeating: .nan, count: 6), .float64, shape: [2, 3])
        case "narrow importances": output.importances = WireArray([Double](repeating: 0, count: 2), .float64, shape: [2, 1])
        default: output.trees[0].leaves = WireArray([UInt16](repeating: 21845, count: 3), .uint16, shape: [1, 3])
        }
        #expect(throws: WireError.self) { try GrownTrees(output, firstTree: 0, treeCount: 2, table: table().shape) }
    }

    private func tileOutput(classes: [UInt8], planes: Int, share: Float) -> TileJob.Output {
        let shares = WireArray([Float](repeating: share, count: 4 * planes), .float32, shape: [planes, 2, 2])
        return TileJob.Output(maps: [
            .labels: MapResult(sent: WireArray(classes, .uint8, shape: [2, 2])), .probabilities: MapResult(sent: shares),
        ])
    }

    @Test func `tiles that cannot be the job's are refused`() throws {
        let tile = TileGrid(imageWidth: 2, imageHeight: 2, tileSide: 2, haloPixels: 0).tile(row: 0, column: 0)
        func accept(_ output: TileJob.Output) throws(WireError) -> SegmentedTile {
            try SegmentedTile(tile, output, pixels: nil, classCount: 3, gaps: .nowhere)
        }
        #expect(try accept(tileOutput(classes: [0, 1, 2, 0], planes: 3, share: 0.5)).values(.labels) == [0, 1, 2, 0])
        for wrong in [
            tileOutput(classes: [0, 1, 3, 0], planes: 3, share: 0.5), tileOutput(classes: [0, 1, 2, 0], planes: 2, share: 0.5),
            tileOutput(classes: [0, 1, 2, 0], planes: 3, share: .nan), tileOutput(classes: [0, 1, 2, 0], planes: 3, share: 2),
        ] {
            #expect(throws: WireError.self) { try accept(wrong) }
        }
    }

    @Test func `a tile says nothing at pixels without data, and something at all others`() throws {
        let tile = TileGrid(imageWidth: 2, imageHeight: 2, tileSide: 2, haloPixels: 0).tile(row: 0, column: 0)
        func accept(_ classes: [UInt8], _ shares: [Float], _ gaps: TileGaps) throws(WireError) {
            let output = TileJob.Output(maps: [
                .labels: MapResult(sent: WireArray(classes, .uint8, shape: [2, 2])),
                .probabilities: MapResult(sent: WireArray(shares, .float32, shape: [2, 2, 2])),
            ])
            _ = try SegmentedTile(tile, output, pixels: nil, classCount: 2, gaps: gaps)
        }
        let shares: [Float] = [1, 0, 0.5, 0.5, 0, 0, 0.5, 0.5]
        try accept([0, 255, 1, 0], shares, .known([1, 0, 1, 1]))
        try accept([0, 255, 1, 0], shares, .unknown)
        try accept([0, 1, 1, 0], shares, .unknown)
        let error = #expect(throws: WireError.self) { try accept([0, 255, 1, 0], shares, .nowhere) }
        #expect(error?.description == "labels: expected indices below 2, found 255")
        for (classes, shares, validity) in [
            // A class where there is nothing to classify, none where there is, and an index of no class.
            ([0, 1, 1, 0], shares, [1, 0, 1, 1]), ([0, 255, 255, 0], shares, [1, 0, 1, 1]),
            ([0, 254, 1, 0], shares, [1, 0, 1, 1]),
            // Shares of some class where there is nothing.
            ([0, 255, 1, 0], [1, 0, 0.5, 0.5, 0, 0.1, 0.5, 0.5], [1, 0, 1, 1]),
        ] as [([UInt8], [Float], [UInt8])] {
            #expect(throws: WireError.self) { try accept(classes, shares, .known(validity)) }
        }
    }
}
