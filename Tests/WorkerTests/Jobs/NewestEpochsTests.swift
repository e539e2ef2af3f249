@testable import Protocol
internal import Testing

@testable import Worker

@Suite struct NewestEpochsTests {
    @Test func `a later epoch of a run supersedes the earlier ones`() {
        var epochs = NewestEpochs()
        #expect(epochs.admit(FencingToken(run: "a", epoch: 2)) == .current)
        #expect(epochs.admit(FencingToken(run: "a", epoch: 2)) == .current)
        #expect(epochs.admit(FencingToken(run: "a", epoch: 3)) == .raised)
        #expect(epochs.admit(FencingToken(run: "a", epoch: 2)) == .superseded(by: 3))
        #expect(epochs.isSuperseded(FencingToken(run: "a", epoch: 2)))
        #expect(!epochs.isSuperseded(FencingToken(run: "a", epoch: 3)))
    }

    @Test func `runs do not concern each other`() {
        var epochs = NewestEpochs()
        #expect(epochs.admit(FencingToken(run: "a", epoch: 9)) == .current)
        #expect(epochs.admit(FencingToken(run: "b", epoch: 1)) == .current)
    }

    @Test func `the run that was silent for longest is forgotten first`() {
        var epochs = NewestEpochs(runsMax: 2)
        for (run, epoch) in [("a", 5), ("b", 5), ("a", 5), ("c", 5)] { _ = epochs.admit(FencingToken(run: run, epoch: epoch)) }
        #expect(epochs.count == 2)
        #expect(epochs.isSuperseded(FencingToken(run: "a", epoch: 4)))
        #expect(!epochs.isSuperseded(FencingToken(run: "b", epoch: 4)))
    }
}
