import Foundation
@testable import Primitives
import Testing

@testable import Coordinator

/// Patterns for names of files, beside the C library's.
@Suite struct NamePatternTests {
    @Test(
        arguments: [
            ("*.png", "a.png", true), ("*.png", ".a.png", false), (".*", ".a", true), ("*", "", true), ("a*b*c", "aXbYbZc", true),
            ("a*b*c", "aXbYbZ", false), ("?", "é", true), ("?", "e\u{301}", true), ("??", "é", false), ("é*", "e\u{301}x", true),
            ("[abc]x", "bx", true), ("[!abc]x", "bx", false), ("[^abc]x", "dx", true), ("[a-c]", "b", true),
            ("[a-c]", "d", false),
            ("[]]", "]", true), ("[]-a]", "^", true), ("[a-]", "-", true), ("[", "[", true), ("[a", "[a", true),
            ("a]", "a]", true),
            ("\\*", "*", true), ("\\*", "a", false), ("[\\]]", "]", true), ("[[:digit:]]*", "7x", true),
            ("[[:digit:]]", "x", false), ("[![:upper:]]", "x", true), ("t[0-9][0-9].tif", "t07.tif", true), ("**", "ab", true),
            ("a?c", "abc", true), ("[z-a]", "b", false), ("x\\", "x\\", true),
        ])
    func `a name fits a pattern or not`(pattern: String, name: String, fits: Bool) {
        #expect(NamePattern(pattern).matches(name) == fits)
    }

    @Test func `patterns mean what the C library makes of them`() {
        var generator = SplitMix64(seed: 14)
        let letters: [Character] = ["a", "b", "*", "?", "[", "]", "!", "-", "\\", "."]
        for _ in 0..<20_000 {
            let pattern = String(
                (0..<Int.random(in: 1...6, using: &generator)).compactMap { _ in letters.randomElement(using: &generator) })
            let name = String(
                (0..<Int.random(in: 0...5, using: &generator)).compactMap { _ in letters.randomElement(using: &generator) })
            // A pattern that ends in a lone backslash, and ranges without order, are for each library to read.
            guard !pattern.contains("\\"), !pattern.contains("-"), !pattern.contains("[") || pattern.contains("]") else {
                continue
            }
            let expected = fnmatch(pattern, name, FNM_PERIOD) == 0
            #expect(NamePattern(pattern).matches(name) == expected, "\(pattern) and \(name)")
        }
    }

    @Test func `what is there under its name is no pattern, in any folder of a path`() throws {
        let folder = try TemporaryFolder()
        func make(_ names: String...) throws {
            for name in names {
                try FileManager.default.createDirectory(atPath: folder(FilePath(name).folder), withIntermediateDirectories: true)
                _ = try folder.write("x", to: name)
            }
        }
        try make("run[1]/t [1].png", "run[1]/t [2].png", "run1/other.png", "x/run[1]/a.png", "y/run1/b.png", "y/run[2]/c.png")
        func files(_ pattern: String) -> [String] { NamePattern.files(of: folder(pattern)).sorted() }
        #expect(files("run[1]/*.png") == [folder("run[1]/t [1].png"), folder("run[1]/t [2].png")])
        #expect(files("run[1]/t [[]1].png") == [folder("run[1]/t [1].png")])
        #expect(files("run[1]/t [1].png") == [folder("run[1]/t [1].png")])
        #expect(files("?/run[12]/*") == [folder("y/run1/b.png")])
        #expect(files("?/run[1]/*") == [folder("x/run[1]/a.png"), folder("y/run1/b.png")])
        #expect(files("*/none") == [] && files("run[3]/*") == [])
    }
}
