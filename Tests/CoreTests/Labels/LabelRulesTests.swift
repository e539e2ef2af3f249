@testable import Imaging
import Testing

struct LabelRulesTests {
    @Test func `labels and colours that are ignored are a list, or several`() throws {
        let rules = try LabelRules(ignoring: ["255, -1", "#e0e0c0", "7,255"], colours: nil)
        #expect(rules.ignoredLabels == [-1, 7, 255])
        #expect(rules.ignoredColours == [RGBColour(red: 0xE0, green: 0xE0, blue: 0xC0)])
        #expect(rules.parameters == ["ignore-label": "-1,7,255,#E0E0C0"])
        #expect(LabelRules.none.parameters.isEmpty)
    }

    @Test func `colours have the labels that are said`() throws {
        let rules = try LabelRules(ignoring: [], colours: " #FF0000=1 ,#00ff00=9,#FFFFFF=0")
        #expect(rules.listed.map(\.label) == [1, 9, 0] && rules.listed[1].colour.hex == "#00FF00")
        #expect(rules.parameters == ["colours": "#FF0000=1,#00FF00=9,#FFFFFF=0"])
        #expect(!rules.listsGreysOnly)
        #expect(try LabelRules(ignoring: [], colours: "#7F7F7F=1").listsGreysOnly)
    }

    @Test(
        arguments: [
            (["x"], nil, "--ignore-label: expected a whole number or a colour #RRGGBB, found \"x\""),
            (["1,"], nil, "--ignore-label: expected a whole number or a colour #RRGGBB, found \"\""),
            (["1.5"], nil, "--ignore-label: expected a whole number or a colour #RRGGBB, found \"1.5\""),
            ([], "#FF0000", "--colours: expected #RRGGBB=LABEL with labels from 0 to 65535, found \"#FF0000\""),
            ([], "red=1", "--colours: expected #RRGGBB=LABEL with labels from 0 to 65535, found \"red=1\""),
            ([], "#FF0000=65536", "--colours: expected #RRGGBB=LABEL with labels from 0 to 65535, found \"#FF0000=65536\""),
            ([], "#FF0000=1,#ff0000=2", "--colours: expected each colour once, found #FF0000 twice"),
            ([], "#000000=1", "--colours: expected no class in black, which is unlabelled, found #000000=1"),
            ([], "#FF0000=0", "--colours: expected a label above 0, found none"),
        ] as [([String], String?, String)])
    func `a rule that cannot be read is one line`(ignored: [String], colours: String?, message: String) {
        let error = #expect(throws: LabelRulesError.self) { try LabelRules(ignoring: ignored, colours: colours) }
        #expect(error?.description == message)
    }
}
