internal import Scheduling
internal import Jobs
internal import Protocol
internal import Coordinator
internal import Foundation
internal import Primitives
internal import Synchronization

/// Does what a page has ordered, as `coppice segment --run-dir` does it.
struct SegmentationRun: Sendable {
    let pool: WorkerPool
    let sharing: SharedFolders
    /// The project's, for the command that goes on with the run.
    let project: String

    func callAsFunction(_ order: RunOrder, in folder: String, _ progress: RunProgress) async throws {
        let modelPath = FilePath.join(folder, "model.json")
        let model = try ModelFile.load(modelPath)
        let maps = FilePath.join(folder, "maps")
        try FileManager.default.createDirectory(atPath: maps, withIntermediateDirectories: true)
        let request = order.request(in: maps)
        let works = request.works
        let manifest = try await offloaded {
            try RunManifest(
                command: "segment", parameters: request.parameters, inputs: works.map(\.image.path) + [modelPath],
                separateInputs: works.count)
        }
        let directory = try RunDirectory(path: folder, manifest: manifest, arguments: ["coppice", "serve", project])
        let complete = Lock<[ImageSegmentation.Work]>([])
        try await Run.perform(on: pool, keptIn: directory, priority: .background, sharing: sharing, progress: progress) { run in
            let outcome = try await run.segment(request, with: model) { work in complete.withLock { $0.append(work) } }
            if order.areas {
                let path = FilePath.join(maps, "areas.csv")
                try await offloaded {
                    var areas = ClassAreas(of: model.model.classes)
                    for work in complete.withLock({ $0 }) { try areas.add(work) }
                    try areas.write(to: path)
                }
            }
            try outcome.failures.conclude()
        }
        for work in works {
            guard let labels = work.paths[.labels], let request = order.objectsRequest(of: labels, image: work.image) else {
                continue
            }
            // Not kept: objects take less time than what they are made of.
            try await Run.perform(on: pool, priority: .background, sharing: sharing, progress: progress) { run in
                _ = try await run.writeObjects(request, model: model.model)
            }
        }
    }
}
