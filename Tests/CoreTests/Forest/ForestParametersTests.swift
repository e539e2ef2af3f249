@testable import Forest
import Foundation
import Testing

@Suite struct ForestParametersTests {
    @Test func `rules count features as scikit-learn does`() {
        #expect(MaxFeatures.sqrt.count(of: 72) == 8)
        #expect(MaxFeatures.log2.count(of: 72) == 6)
        #expect(MaxFeatures.log2.count(of: 1) == 1)
        #expect(MaxFeatures.log2.count(of: 64) == 6)
        #expect(MaxFeatures.all.count(of: 72) == 72)
        #expect(MaxFeatures.count(100).count(of: 72) == 72)
        #expect(MaxFeatures.fraction(0.5).count(of: 7) == 3)
        #expect(MaxFeatures.fraction(0.01).count(of: 7) == 1)
        #expect(MaxSamples.fraction(0.05).count(of: 1_000) == 50)
        #expect(MaxSamples.fraction(0.0001).count(of: 10) == 1)
        #expect(MaxSamples.count(5_000).count(of: 100) == 100)
    }

    @Test(arguments: ["sqrt", "log2", "all", "8", "0.25", "1.0", "1"])
    func `a rule for features reads back its text`(text: String) throws {
        #expect(try MaxFeatures(parsing: text).description == text)
    }

    @Test func `a whole number is a count and a number with a point a fraction`() throws {
        #expect(try MaxFeatures(parsing: "1") == .count(1))
        #expect(try MaxFeatures(parsing: "1.0") == .fraction(1))
        #expect(try MaxSamples(parsing: "5000") == .count(5_000))
        #expect(try MaxSamples(parsing: "5e-2") == .fraction(0.05))
        #expect(try MaxSamples(parsing: "all") == .all)
    }

    @Test(arguments: ["", "0", "-1", "0.0", "1.5", "nan", "inf", "many", "1,5", " 1"])
    func `text that is no rule is refused in one line`(text: String) {
        #expect(throws: MaxFeatures.error(found: text)) { try MaxFeatures(parsing: text) }
        #expect(throws: MaxSamples.error(found: text)) { try MaxSamples(parsing: text) }
        #expect(throws: ForestError("class-weight: expected none or balanced, found \(text)")) { try ClassWeight(parsing: text) }
        #expect(!MaxFeatures.error(found: text).description.contains("\n"))
    }

    @Test func `values out of range are refused`() {
        #expect(throws: ForestError("trees: expected 1 to 65536, found 0")) { try ForestParameters(trees: 0) }
        #expect(throws: ForestError("trees: expected 1 to 65536, found 65537")) { try ForestParameters(trees: 65_537) }
        #expect(throws: ForestError("max-depth: expected 1 or more, found 0")) { try ForestParameters(maxDepth: 0) }
        #expect(throws: ForestError("min-samples-leaf: expected 1 or more, found 0")) { try ForestParameters(minSamplesLeaf: 0) }
        #expect(
            throws: ForestError(
                "max-features: expected sqrt, log2, all, a count of 1 or more, or a fraction above 0.0 up to 1.0, found 0")
        ) { try ForestParameters(maxFeatures: .count(0)) }
        #expect(
            throws: ForestError("max-samples: expected all, a count of 1 or more, or a fraction above 0.0 up to 1.0, found nan")
        ) { try ForestParameters(maxSamples: .fraction(.nan)) }
    }

    @Test func `parameters pass through JSON`() throws {
        let parameters = try ForestParameters(
            trees: 50, maxDepth: 8, minSamplesLeaf: 2, maxFeatures: .fraction(0.3), maxSamples: .count(7), classWeight: .balanced,
            seed: .max)
        let data = try JSONEncoder().encode(parameters)
        #expect(try JSONDecoder().decode(ForestParameters.self, from: data) == parameters)
        let damaged = Data(String(decoding: data, as: UTF8.self).replacingOccurrences(of: "50", with: "-50").utf8)
        #expect(throws: ForestError("trees: expected 1 to 65536, found -50")) {
            try JSONDecoder().decode(ForestParameters.self, from: damaged)
        }
    }

    @Test func `balanced weights give every class that occurs the same total`() {
        let weights = ClassWeight.balanced.weights(samplesOfClass: [100, 0, 25, 50])
        #expect(weights == [0.25, 1, 1, 0.5])
        #expect(ClassWeight.none.weights(samplesOfClass: [3, 9]) == [1, 1])
    }

    @Test func `tables that do not fit together are refused`() throws {
        #expect(throws: ForestError("training table: expected 1 to 2147483647 samples, found 0")) {
            try TrainingTable(featureCount: 1, classCount: 2, bins: [], classes: [])
        }
        #expect(throws: ForestError("training table: expected 1 to 1000 features, found 1001")) {
            try TrainingTable(featureCount: 1_001, classCount: 2, bins: [], classes: [0])
        }
        #expect(throws: ForestError("training table: expected 2 to 255 classes, found 1")) {
            try TrainingTable(featureCount: 1, classCount: 1, bins: [0], classes: [0])
        }
        #expect(throws: ForestError("training table: expected 2×3 bins, found 5")) {
            try TrainingTable(featureCount: 3, classCount: 2, bins: [0, 0, 0, 0, 0], classes: [0, 1])
        }
        #expect(throws: ForestError("training table: sample 1: expected a class below 2, found 2")) {
            try TrainingTable(featureCount: 1, classCount: 2, bins: [0, 0, 0], classes: [0, 2, 3])
        }
        #expect(try TrainingTable(featureCount: 1, classCount: 3, bins: [0, 1], classes: [2, 2]).samplesOfClass == [0, 0, 2])
    }
}
