@testable import AnnotationFormats
@testable import Annotations
@testable import Formats
import Foundation
@testable import Imaging
@testable import Jobs
@testable import Protocol
import Testing

/// The inputs that the fuzzers have kept, once each: what is accepted is written and read again as the same, what is not is
/// refused in one line.
struct FuzzCorpusTests {
    private static func inputs(_ target: String) throws -> [(path: String, bytes: Data)] {
        let folder = URL(filePath: #filePath).appending(path: "../../../Fuzz/Corpora/\(target)").standardized
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        return try files.map { ($0.path, try Data(contentsOf: $0)) }
    }

    /// Runs `body` on every input of a target; the number that it accepted.
    private func accepted(of target: String, _ body: (String, Data) throws -> Void) throws -> Int {
        let inputs = try Self.inputs(target)
        #expect(inputs.count > 10)
        return inputs.count { input in
            do {
                try body(input.path, input.bytes)
                return true
            } catch {
                let message = String(describing: error)
                #expect(!message.isEmpty && !message.contains(where: \.isNewline), "\(input.path): \(message)")
                return false
            }
        }
    }

    @Test func `images and label maps`() throws {
        let limits = ImageLimits(heldBytesMax: 64 << 20)
        let images = try accepted(of: "Images") { path, _ in _ = try ImageFile.readAll(path: path, limits: limits) }
        let labels = try accepted(of: "Images") { path, _ in _ = try ImageFile.readAllLabels(path: path, limits: limits) }
        #expect(images > 0 && labels > 0)
    }

    @Test func `arrays`() throws {
        let count = try accepted(of: "NPY") { path, _ in
            let reader = try NPYReader(path: path)
            let values = try reader.floats(rows: 0..<reader.header.rowCount)
            #expect(values.count == reader.header.rowCount * reader.header.valuesPerRow, "\(path)")
        }
        #expect(count > 0)
    }

    @Test func `annotations`() throws {
        let count = try accepted(of: "Annotations") { path, bytes in
            let content = AnnotationContent(path: path, bytes: [UInt8](bytes))
            let document = try AnnotationFile.read(content, AnnotationReading()).annotations.document
            let written = try AnnotationFile.write(document, as: CoppiceAnnotations.self, AnnotationWriting(), path: "out")
            let again = try AnnotationFile.read(AnnotationContent(path: "again", bytes: written), AnnotationReading())
            #expect(again.annotations.document == document, "\(path)")
        }
        #expect(count > 0)
    }

    @Test func `models`() throws {
        _ = try accepted(of: "Model") { path, bytes in
            let model = try SegmentationModel(decoding: bytes)
            #expect(try SegmentationModel(decoding: model.encoded()) == model, "\(path)")
        }
    }

    @Test func `wire documents`() throws {
        let count = try accepted(of: "Wire") { path, bytes in
            // The first byte says what the rest is.
            let document = bytes.dropFirst()
            switch bytes.first {
            case UInt8(ascii: "j"):
                let body = try WireJSON.encode(JobEnvelope(try JobRequest(body: Data(document)).job))
                #expect(try WireJSON.encode(JobEnvelope(try JobRequest(body: body).job)) == body, "\(path)")
            case UInt8(ascii: "b"): _ = try Blob(decoding: Data(document), inflatedBytesMax: 16 << 20)
            case UInt8(ascii: "t"): try read(document, TreeJob.Output.self, path)
            case UInt8(ascii: "m"): try read(document, TileJob.Output.self, path)
            case UInt8(ascii: "r"): try read(document, RowJob.Output.self, path)
            case UInt8(ascii: "f"): try read(document, FeatureJob.Output.self, path)
            case UInt8(ascii: "p"): try read(document, PlaneJob.Output.self, path)
            case UInt8(ascii: "u"): _ = try AllowedURL(String(decoding: document, as: UTF8.self))
            default: break
            }
        }
        #expect(count > 0)
    }

    private func read<Output: Codable>(_ document: Data, _ type: Output.Type, _ path: String) throws {
        let output = try WireJSON.decode(type, from: Data(document), inflatedBytesMax: 16 << 20)
        let again = try WireJSON.encode(output)
        #expect(try WireJSON.encode(WireJSON.decode(type, from: again)) == again, "\(path)")
    }
}
