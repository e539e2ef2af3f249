internal import Annotations

/// A name for each class of a document, no two the same: its own, or `Class 3`.
struct ClassNames {
    private var names: [Int: String] = [:]

    init(_ document: AnnotationDocument) {
        let listed = Dictionary(document.classes.map { ($0.number, $0.name) }) { one, _ in one }
        let numbers = Set(listed.keys).union(document.annotations.compactMap(\.classNumber))
        var used: Set<String> = []
        for number in numbers.sorted() {
            var name = listed[number].flatMap { $0 } ?? "Class \(number)"
            while !used.insert(name).inserted { name += " (\(number))" }
            names[number] = name
        }
    }

    /// Nil for no class.
    subscript(number: Int?) -> String? { number.flatMap { names[$0] } }

    /// All numbers in use, ascending.
    var numbers: [Int] { names.keys.sorted() }
}
