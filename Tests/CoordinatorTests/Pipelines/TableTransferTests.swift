@testable import Forest
import Testing

@testable import Coordinator

@Suite struct TableTransferTests {
    @Test(arguments: [
        // 50 million samples, of which 100 trees take half a million each: one worker gets the table, two the drawn samples.
        (1, 500_000, 100, true, TableTransfer.whole), (2, 500_000, 100, true, .drawnSamples),
        (64, 500_000, 100, true, .drawnSamples),
        // Few trees take less than the table even of one worker.
        (1, 500_000, 50, true, .drawnSamples),
        // All samples of each tree are too many for a document, however many workers there are.
        (10_000, 50_000_000, 100, true, .whole),
        (64, 500_000, 100, false, .whole),
    ])
    func `what is fewer bytes in all is sent`(
        workers: Int, draws: Int, trees: Int, isInBlocks: Bool, expected: TableTransfer
    ) throws {
        let shape = try TableShape(sampleCount: 50_000_000, featureCount: 72, classCount: 3)
        #expect(
            TableTransfer(of: shape, isInBlocks: isInBlocks, draws: draws, trees: trees, workers: workers, treesPerJob: 1)
                == expected)
    }

    @Test func `a run that began with many trees a job gets the table, when their samples do not fit into a document`() throws {
        let shape = try TableShape(sampleCount: 50_000_000, featureCount: 72, classCount: 3)
        func way(treesPerJob: Int) -> TableTransfer {
            TableTransfer(
                of: shape, isInBlocks: true, draws: 500_000, trees: 100, workers: 8, treesPerJob: treesPerJob)
        }
        #expect(way(treesPerJob: 1) == .drawnSamples)
        #expect(way(treesPerJob: 16) == .whole)
    }
}
