internal import Foundation
internal import HTTPTypes
internal import Projects

extension ServedProject {
    /// Operations as they go into the log: images that come or move must lie where the page may look, and what is found out about them is
    /// added.
    ///
    /// - Throws: `Refusal` for a path outside of the roots; an error of an image that cannot be read.
    func admitted(_ operations: [NewOperation]) async throws -> [NewOperation] {
        var admitted: [NewOperation] = []
        for operation in operations {
            // What was taken before is not looked at again: the answer is the same as then.
            if store.state.operation(operation.id) != nil {
                admitted.append(operation)
                continue
            }
            switch operation.action {
            case .addImage(let image):
                let path = try roots.resolved(located(image.path))
                let found = try await images.look(at: path, as: image.id, named: image.name)
                admitted.append(NewOperation(id: operation.id, .addImage(found)))
            case .relinkImage(let id, let link):
                let path = try roots.resolved(located(link.path))
                let found = try await images.look(at: path, as: id, named: "")
                if let image = store.state.image(id), let problem = ImageMatch.problem(found, image) {
                    throw Refusal(.unprocessableContent, "other_image", problem)
                }
                let own = ImageLink(path: found.path, identity: found.identity)
                admitted.append(NewOperation(id: operation.id, .relinkImage(id, own)))
            default: admitted.append(operation)
            }
        }
        return admitted
    }

    /// Whether the file of a path can take the place of an image.
    ///
    /// - Throws: `Refusal` for a path outside of the roots; an error of an image that cannot be read.
    func match(_ path: String, for id: String) async throws -> ImageMatch {
        let image = try images.entry(id)
        let found = try await images.look(at: try roots.resolved(located(path)), as: id, named: "")
        return ImageMatch(found, for: image, known: try store.identity(of: image))
    }
}
