@testable import Formats
import Foundation
@testable import Imaging
@testable import Jobs
import Testing

@testable import Coordinator

/// Which planes of a file go into maps of their own, and which into the same ones.
@Suite struct StackWorksTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// Writes a stack of black planes, and returns them as they are worked on.
    private func planes(_ name: String, depth: Int, times: Int = 1) throws -> [ImageInput] {
        let stack = StackShape(depth: depth, times: times)
        let file = try MapFile(path: folder(name), width: 2, height: 1, kind: .grey8, stack: stack)
        let whole = PixelRect(x: 0, y: 0, width: 2, height: 1)
        for page in 0..<stack.pages { try file.write(whole, plane: page, [0, 0]) }
        try file.seal()
        try file.publish()
        return (0..<stack.pages).map {
            ImageInput(path: folder(name), selection: ImageSelection(page: $0), choosesPage: true, pageDigits: 1)
        }
    }

    private typealias Work = ImageSegmentation.Work

    /// What is done for some images: of each work its page, its labels and its stack.
    private func works(_ images: [ImageInput], _ outputs: (ImageInput) -> MapOutputs) throws(CoordinatorError) -> [Work] {
        try Work.works(of: images, option: { "--\($0.rawValue)" }, outputs: outputs)
    }

    @Test func `no images are no works`() throws {
        let found = try works([]) { _ in [.labels: "all.tif"] }
        #expect(found.isEmpty)
    }

    @Test(arguments: ["all.tif", "all.TIFF", "all.zarr"])
    func `planes whose maps have one name are one work, if its format holds stacks`(name: String) throws {
        let planes = try planes("s.tif", depth: 3, times: 2)
        let found = try works(planes) { _ in [.labels: name, .probabilities: "p.npy"] }
        let first = ImageInput(path: folder("s.tif"), choosesPage: true)
        #expect(
            found == [
                Work(
                    image: first, paths: [.labels: name, .probabilities: "p.npy"], stack: StackShape(depth: 3, times: 2))
            ])
    }

    @Test(arguments: ["all.png", "all.npy", "all"])
    func `a format that holds no stack has a map for each plane`(name: String) throws {
        let planes = try planes("s.tif", depth: 2)
        let found = try works(planes) { _ in [.labels: name] }
        #expect(found == planes.map { Work(image: $0, paths: [.labels: name]) })
    }

    @Test func `planes whose maps have names of their own are works of their own`() throws {
        let planes = try planes("s.tif", depth: 3)
        let found = try works(planes) { [.labels: "\($0.pageText).tif"] }
        #expect(found.map { $0.paths[.labels] } == ["0.tif", "1.tif", "2.tif"])
        #expect(found.map(\.image) == planes && found.allSatisfy { $0.stack == nil })
    }

    @Test func `some planes of a file, or a single one, are no stack`() throws {
        let planes = try planes("s.tif", depth: 3)
        for some in [Array(planes[..<2]), Array(planes[..<1])] {
            let found = try works(some) { _ in [.labels: "all.tif"] }
            #expect(found == some.map { Work(image: $0, paths: [.labels: "all.tif"]) })
        }
    }

    @Test func `stacks and single images may follow each other`() throws {
        let (one, two) = (try planes("1.tif", depth: 2), try planes("2.tif", depth: 3))
        let single = ImageInput(path: folder("1.tif"), selection: ImageSelection(page: 1))
        let found = try works(one + two + [single] + one) { [.labels: "\(FilePath($0.path).stem)-all.tif"] }
        #expect(found.map { $0.stack?.depth } == [2, 3, nil, 2])
        #expect(found.map { $0.paths[.labels] } == ["1-all.tif", "2-all.tif", "1-all.tif", "1-all.tif"])
        #expect(found[2].image == single)
    }

    @Test(arguments: [(MapKind.uncertainty, "u.png"), (.overlay, "o.png"), (.probabilities, "p.png")])
    func `a map that cannot hold all planes where the labels do is refused`(kind: MapKind, name: String) throws {
        let planes = try planes("s.tif", depth: 2)
        let error = #expect(throws: CoordinatorError.self) {
            try works(planes) { _ in [.labels: "all.tif", kind: name] }
        }
        let option = "--\(kind.rawValue)"
        #expect(
            error?.description
                == "\(option): expected one .tif, .zarr or .npy for all planes, as --labels is, found \(name)")
        // Neither may one whose name tells planes apart.
        #expect(throws: CoordinatorError.self) {
            try works(planes) { [.labels: "all.tif", kind: "\($0.pageText).tif"] }
        }
    }
}
