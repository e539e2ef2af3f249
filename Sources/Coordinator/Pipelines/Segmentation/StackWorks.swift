internal import Formats
internal import Imaging
package import Jobs

extension ImageSegmentation.Work {
    /// What is done for images: the planes of a file go into maps of their own, or into the same ones if their names do not tell planes apart
    /// and their formats hold stacks.
    ///
    /// - Parameters:
    ///   - images: in their order; the planes of a file are consecutive.
    ///   - outputs: where the maps of a plane go.
    ///   - option: what the user calls a map.
    /// - Throws: a usage error where only some of the maps of a file are for all its planes.
    package static func works(
        of images: [ImageInput], option: (MapKind) -> String, outputs: (ImageInput) -> MapOutputs
    ) throws(CoordinatorError) -> [ImageSegmentation.Work] {
        var works: [ImageSegmentation.Work] = []
        var rest = images[...]
        while let first = rest.first {
            let planes = rest.prefix { $0.path.utf8.elementsEqual(first.path.utf8) && $0.pageDigits != nil }
            if planes.count > 1, let stack = try stack(Array(planes), option: option, outputs: outputs) {
                works.append(stack)
                rest = rest.dropFirst(planes.count)
            } else {
                works.append(ImageSegmentation.Work(image: first, paths: outputs(first)))
                rest = rest.dropFirst()
            }
        }
        return works
    }

    /// The work for all planes of a file; nil if each has maps of its own.
    private static func stack(
        _ planes: [ImageInput], option: (MapKind) -> String, outputs: (ImageInput) -> MapOutputs
    ) throws(CoordinatorError) -> ImageSegmentation.Work? {
        let (paths, last) = (outputs(planes[0]), outputs(planes[planes.count - 1]))
        func isShared(_ kind: MapKind) -> Bool {
            paths[kind].map { $0 == last[kind] && MapFormat(ofPath: $0).holdsStack($0, of: kind.content) } ?? true
        }
        guard isShared(.labels) else { return nil }
        for kind in MapKind.allCases where !isShared(kind) {
            throw CoordinatorError(
                .usage,
                "\(option(kind)): expected one .tif, .zarr or .npy for all planes, as \(option(.labels)) is, found \(paths[kind] ?? "")"
            )
        }
        guard let contents = try? ImageFile.contents(path: planes[0].path), contents.pages == planes.count else { return nil }
        let first = ImageInput(path: planes[0].path, selection: planes[0].selection, choosesPage: true)
        return ImageSegmentation.Work(
            image: first, paths: paths, stack: StackShape(depth: contents.depth, times: contents.times))
    }
}
