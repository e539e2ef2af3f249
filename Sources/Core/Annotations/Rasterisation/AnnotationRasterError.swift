/// Why annotations cannot be made labels. `description` is one line without the file's name.
package struct AnnotationRasterError: Error, Equatable, Sendable, CustomStringConvertible {
    package let description: String

    /// - Parameter place: of the annotation in its document, from 0 on.
    init(_ annotation: Annotation, at place: Int, expected: String, found: String) {
        let name = annotation.name ?? annotation.id
        let which = name.map { " (\($0.prefix(40).filter { !$0.isNewline }))" } ?? ""
        description = "annotation \(place)\(which): expected \(expected), found \(found)"
    }
}
