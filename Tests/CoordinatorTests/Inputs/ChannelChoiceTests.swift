import Imaging
import Protocol
import Testing

@testable import Coordinator

/// Which channels are used, as people choose them and as a model remembers them.
struct ChannelChoiceTests {
    private func contents(_ names: [String], _ count: Int? = nil) -> ImageContents {
        ImageContents(channels: count ?? names.count, channelNames: names, levels: [.init(width: 1, height: 1)])
    }

    private func positions(_ text: String, _ contents: ImageContents) throws -> [Int] {
        try ChannelChoice(text).positions(in: contents, of: "a.tif")
    }

    @Test func `numbers, ranges and names are positions`() throws {
        let plain = contents([], 20)
        #expect(try positions("0,3, 5-8", plain) == [0, 3, 5, 6, 7, 8])
        #expect(try positions("19,2", plain) == [19, 2])
        let named = contents(["DAPI", "GFP", "561", "0"])
        #expect(try positions("GFP,DAPI", named) == [1, 0])
        #expect(try positions("561,1", named) == [2, 1])
        // What is the name of a channel is no number.
        #expect(try positions("0", named) == [3])
    }

    @Test(arguments: ["", "1,,2", "20", "3-1", "-1", "x", "1,1", "0-3,2", "1-2-3"])
    func `a choice that is none is refused`(_ text: String) {
        #expect(throws: CoordinatorError.self) { try positions(text, contents([], 20)) }
    }

    @Test func `a name that two channels have is refused`() {
        #expect(throws: CoordinatorError.self) { try positions("a", contents(["a", "a"])) }
    }

    @Test func `at most 64 channels are used at once`() throws {
        #expect(try positions("0-63", contents([], 1000)).count == 64)
        #expect(throws: CoordinatorError.self) { try positions("0-64", contents([], 1000)) }
    }

    @Test func `a model remembers chosen channels, and names`() {
        #expect(ModelChannels(of: contents([], 3), chosen: nil) == nil)
        #expect(ModelChannels(of: contents([], 3), chosen: [2, 0]) == ModelChannels(positions: [2, 0], names: nil))
        #expect(
            ModelChannels(of: contents(["a", "b"]), chosen: nil) == ModelChannels(positions: [0, 1], names: ["a", "b"]))
        #expect(ModelChannels(of: contents(["a", "a"]), chosen: nil) == nil)
    }

    @Test func `channels are found again by their names, and the change of order is said`() {
        let model = ModelChannels(positions: [0, 2], names: ["a", "c"])
        let same = model.matched(in: contents(["a", "b", "c"]))
        #expect(same.positions == [0, 2] && same.note == nil)
        let other = model.matched(in: contents(["c", "a"]))
        #expect(other.positions == [1, 0])
        #expect(other.note?.text == "its channels c, a are used in the model's order: a, c")
        // Without names, by position; an image that has just the channels has them all.
        #expect(model.matched(in: contents([], 3)).positions == [0, 2])
        #expect(model.matched(in: contents([], 2)).positions == nil)
        let strange = model.matched(in: contents(["x", "y", "z"]))
        #expect(strange.positions == [0, 2])
        #expect(strange.note?.text == "its channels x, z are taken for a, c by their position")
    }
}
