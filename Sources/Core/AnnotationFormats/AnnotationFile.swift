package import Annotations
internal import Formats
package import Imaging

/// Files of annotations of every kind that is read. The content tells the kind, never the name.
///
/// **To add a kind:** a file with an `AnnotationFormat`, and its name in `formats`. All else follows from the list.
package enum AnnotationFile {
    /// Every kind, in the order in which they are asked whether a file is theirs.
    package static let formats: [any AnnotationFormat.Type] = [
        CoppiceAnnotations.self, QuPathGeoJSON.self, COCOAnnotations.self, LabkitLabeling.self, DashCanvas.self,
        PlotlyShapes.self,
        ImageJROI.self, IlastikProject.self, NapariShapes.self,
    ]

    /// Bytes of a file's start that `recognises` looks at.
    private static let headByteCount = 4096

    /// Whether a file holds annotations rather than an image, by a look at its start.
    ///
    /// False for every image, for folders and for what cannot be read. A file of JSON counts as annotations, also if `read` then finds that
    /// it is something else, and says so.
    package static func recognises(path: String) -> Bool {
        guard let file = try? InputFile(path: path), let head = try? file.bytes(headByteCount) else { return false }
        switch AnnotationSignature(head) {
        case .json, .hdf5, .imageJROI, .table: return true
        case .zip: return (try? ZipFile.names(path: path).contains { $0.lowercased().hasSuffix(".roi") }) ?? false
        case nil: return false
        }
    }

    /// Reads a file of annotations.
    ///
    /// - Throws: `ImageError`: `io` when it cannot be read, `unknownFormat` for other content, `corrupt` or `unsupported` in one line;
    ///   `unsupported` also when it has no annotations of `reading.image`.
    package static func read(path: String, _ reading: AnnotationReading = AnnotationReading()) throws(ImageError)
        -> ReadAnnotations
    {
        let content = try content(path: path)
        return try read(content, reading).annotations
    }

    /// Reads annotations whose bytes are at hand, and says of what kind they were.
    ///
    /// - Throws: as `read(path:_:)`.
    package static func read(
        _ content: AnnotationContent, _ reading: AnnotationReading
    ) throws(ImageError) -> (format: any AnnotationFormat.Type, annotations: ReadAnnotations) {
        let (format, found) = try readAll(content, reading)
        guard let image = reading.image else { return (format, found) }
        var chosen = found
        chosen.document.annotations = found.document.annotations.filter { $0.image.map { isSame($0, image) } ?? true }
        guard !chosen.document.annotations.isEmpty || found.document.annotations.isEmpty else {
            let names = Set(found.document.annotations.compactMap(\.image)).sorted()
            let shown =
                names.prefix(3).joined(separator: ", ").inOneLine + (names.count > 3 ? " and \(names.count - 3) more" : "")
            throw .unsupported(path: content.path, reason: "expected annotations of \(image), found those of \(shown)")
        }
        return (format, chosen)
    }

    /// The kind of a file and all that is in it. JSON is parsed once for all kinds.
    private static func readAll(
        _ content: AnnotationContent, _ reading: AnnotationReading
    ) throws(ImageError) -> (any AnnotationFormat.Type, ReadAnnotations) {
        guard let signature = AnnotationSignature(content.bytes) else { throw unknown(content, "other content") }
        guard signature == .json else {
            guard let format = formats.first(where: { !($0 is any JSONAnnotationFormat.Type) && $0.recognises(content) }) else {
                throw unknown(content, signature.description)
            }
            return (format, try format.read(content, reading))
        }
        let document = try JSONParser.parse(content.bytes, path: content.path)
        for case let format as any JSONAnnotationFormat.Type in formats where format.recognises(document) {
            return (format, try format.read(document, reading))
        }
        throw unknown(content, "JSON of another kind: \(document.value.summary)")
    }

    private static func unknown(_ content: AnnotationContent, _ found: String) -> ImageError {
        .unknownFormat(
            path: content.path, expected: "a file of annotations (\(formats.map { $0.name }.joined(separator: ", ")))",
            found: found)
    }

    /// Whether two names mean one image: they are the same, or one is a path that ends in the other.
    static func isSame(_ name: String, _ other: String) -> Bool {
        let last = { (name: String) in
            let start = name.lastIndex { $0 == "/" || $0 == "\\" }.map(name.index(after:)) ?? name.startIndex
            return name[start...]
        }
        return name == other || last(name) == last(other)
    }

    // MARK: Writing

    /// The kind that users call `option`, such as `qupath`; nil if there is none.
    package static func format(option: String) -> (any AnnotationFormat.Type)? { formats.first { $0.option == option } }

    /// The kind that a file's name stands for when nothing else is asked for; nil for an ending of no kind.
    package static func format(ending path: String) -> (any AnnotationFormat.Type)? {
        let name = path.lowercased()
        return formats.first { $0.fileExtensions.contains { name.hasSuffix(".\($0)") } }
    }

    /// A document as a kind of file can hold it: without erasers, where the kind has none.
    ///
    /// - Returns: the document, and how many of its shapes are other ones now.
    /// - Throws: `ImageError.unsupported` where that cannot be.
    package static func fitted(
        _ document: AnnotationDocument, to format: any AnnotationFormat.Type, _ writing: AnnotationWriting, path: String
    ) throws(ImageError) -> (document: AnnotationDocument, changedCount: Int) {
        guard !format.holdsErasers else { return (document, 0) }
        do throws(AnnotationRasterError) {
            return try document.flattened(width: writing.width, height: writing.height)
        } catch {
            throw .unsupported(path: path, reason: error.description)
        }
    }

    /// A document as a file of some kind, which gets it without erasers if it holds none.
    ///
    /// - Throws: `ImageError.unsupported` for what the kind cannot hold, and for a kind that is only read.
    package static func write(
        _ document: AnnotationDocument, as format: any AnnotationFormat.Type, _ writing: AnnotationWriting, path: String
    ) throws(ImageError) -> [UInt8] {
        do throws(ImageError) {
            let (document, _) = try fitted(document, to: format, writing, path: path)
            guard let bytes = try format.write(document, writing) else {
                throw .unsupported(
                    path: path, reason: "expected a kind of annotations that is written, found \(format.name), which is only read"
                )
            }
            return bytes
        } catch {
            throw .unsupported(path: path, reason: error.reason)
        }
    }

    // MARK: Bytes

    /// All bytes of a file.
    ///
    /// - Throws: `ImageError`: `io`; `unsupported` for a file that is too large.
    package static func content(path: String) throws(ImageError) -> AnnotationContent {
        do throws(FileError) {
            let file = try InputFile(path: path)
            // One byte more than is allowed says that there are more.
            let bytes = try file.bytes(min(file.byteCount, AnnotationContent.bytesMax + 1))
            if bytes.count <= AnnotationContent.bytesMax { return AnnotationContent(path: path, bytes: bytes) }
        } catch {
            throw ImageError(error)
        }
        throw .unsupported(path: path, reason: "expected at most \(AnnotationContent.bytesMax) bytes of annotations, found more")
    }
}
