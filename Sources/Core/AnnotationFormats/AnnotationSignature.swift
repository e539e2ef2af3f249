/// What a file begins like, of those that can hold annotations.
enum AnnotationSignature: Equatable, CustomStringConvertible {
    case json
    case hdf5
    case imageJROI
    case zip
    /// Comma-separated values with the header of napari's shapes.
    case table

    /// - Parameter bytes: a file's start, or all of it.
    init?(_ bytes: [UInt8]) {
        if bytes.starts(with: [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A]) {
            self = .hdf5
        } else if bytes.starts(with: "Iout".utf8) {
            self = .imageJROI
        } else if bytes.starts(with: [0x50, 0x4B, 3, 4]) || bytes.starts(with: [0x50, 0x4B, 5, 6]) {
            self = .zip
        } else {
            let hasMark = bytes.starts(with: [0xEF, 0xBB, 0xBF])
            let text = bytes.dropFirst(hasMark ? 3 : 0).drop { $0 == 0x20 || (0x09...0x0D).contains($0) }
            if text.starts(with: NapariShapes.header.utf8) {
                self = .table
            } else if let first = text.first, "{[\"".utf8.contains(first) {
                self = .json
            } else {
                return nil
            }
        }
    }

    var description: String {
        switch self {
        case .json: "JSON"
        case .hdf5: "an HDF5 file of another kind"
        case .imageJROI: "a region of ImageJ"
        case .zip: "a ZIP archive without regions of ImageJ"
        case .table: "a table"
        }
    }
}
