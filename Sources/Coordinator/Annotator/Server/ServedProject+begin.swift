internal import Coordinator
internal import Formats
internal import Foundation
internal import Imaging
internal import Projects

extension ServedProject {
    /// Who adds what the command line names.
    private static let commandLine = "00000000-0000-4000-8000-000000000000"

    /// Makes a new project ready to paint in, and adds images that are not in it yet.
    ///
    /// - Throws: an error of the project; of an image that cannot be read.
    func begin(with paths: [String]) async throws {
        uploads.removeLeftovers()
        var operations: [NewOperation] = []
        _ = try store.person(Self.commandLine, named: "Command line")
        // Two classes are the least that can be learned, and nobody should have to make them first.
        if store.state.usedClassNumbers.isEmpty {
            for number in 1...2 {
                guard let colour = RGBColour(hex: ProjectDocument.palette[number - 1]) else {
                    preconditionFailure("the palette has colours")
                }
                operations.append(NewOperation(.addClass(number: number, name: "Class \(number)", colour: colour)))
            }
        }
        let known = Set(store.state.allImages.map { FileSystem.resolved(images.path(of: $0)) ?? images.path(of: $0) })
        for path in paths {
            let place = RemoteImage.isURL(path) ? path : FileSystem.resolved(path) ?? path
            guard !known.contains(place) else { continue }
            let image = try await images.look(at: place, as: UUID().uuidString.lowercased(), named: "")
            operations.append(NewOperation(.addImage(image)))
        }
        if !operations.isEmpty { _ = try await store.append(operations, by: Self.commandLine) }
    }
}
