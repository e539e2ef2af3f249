internal import Formats
internal import Imaging
internal import Jobs
internal import Objects
internal import Protocol

/// From a label image to its objects, in files.
struct ObjectExtraction {
    let request: ObjectsRequest
    let run: Run
    /// Names and colours of classes; nil where no model was given.
    let model: SegmentationModel?

    /// Finds the objects, and writes them.
    func write() async throws -> ObjectCounts {
        let opened = try run.clock.measure("read") { try ObjectWindows.source(of: request.labels, request.labelRules) }
        for (input, notes) in opened.labels.notes { try run.notes.add(notes, of: input.path) }
        // Annotations lie on the image that was annotated, whose full resolution may be another one than that of the labels.
        let region = try request.within.map { path in
            try RegionOfInterest(
                ImageInput(path: path), of: request.image ?? request.labels, width: opened.info.width, height: opened.info.height)
        }
        let classes = try await classes(opened.source, opened.info, region)
        let plan = try plan(opened.source, opened.info, classes, region)
        let phase = try run.phase("objects", of: request.labels.description, granularity: plan.grid.tileSide)
        let catalogue = try catalogue(plan, colours: opened.labels.colours)
        return try await extract(regrid(plan, side: phase.granularity), of: phase, catalogue)
    }

    private func extract(_ plan: ObjectPlan, of phase: RunPhase, _ catalogue: ObjectCatalogue) async throws -> ObjectCounts {
        let gate = RowGate(columns: plan.grid.columns, slots: await run.slots)
        let assembly = try assembly(plan, gate, catalogue)
        run.progress.begin("objects", unit: "tiles", total: plan.grid.count)
        try await run.clock.measure("objects") {
            let take: @Sendable (FoundTile) async throws -> Void = { [progress = run.progress] found in
                try await assembly.add(found)
                progress.advance(by: 1)
            }
            let tiles = ObjectTiles(plan: plan, gate: gate, run: run, takeEmpty: take)
            // How many tiles have a job is known only then where there is a region.
            let count = plan.region == nil ? plan.grid.count : nil
            try await run.dispatch(tiles, of: phase, count: count, gate: gate, deliver: take)
        }
        run.progress.end()
        try await run.clock.measure("write") { try await assembly.finish() }
        return await assembly.counts
    }

    private func assembly(_ plan: ObjectPlan, _ gate: RowGate, _ catalogue: ObjectCatalogue) throws -> ObjectAssembly {
        var writers: [any ObjectWriter] = []
        var maps: [InstanceMap] = []
        for output in request.outputs {
            switch output.format {
            case .geojson: writers.append(try GeoJSONObjects(path: output.path, catalogue))
            case .csv: writers.append(try CSVObjects(path: output.path, catalogue))
            case .coco: writers.append(try COCOObjects(path: output.path, catalogue))
            case .instances:
                maps.append(
                    try InstanceMap(
                        path: output.path, width: plan.info.width, height: plan.info.height, metadata: catalogue.metadata))
            }
        }
        let instances = maps.isEmpty ? nil : try InstanceNumbers(maps, scratch: run.scratchFolder)
        return try ObjectAssembly(
            plan: plan, areaMin: request.areaMin, drawing: request.drawing, writers: writers, instances: instances, gate: gate,
            scratch: run.scratchFolder)
    }

    /// The classes that are asked for; otherwise all but the background, which is found out and said.
    private func classes(
        _ source: ObjectWindows.Source, _ info: ImageInfo, _ region: RegionOfInterest?
    ) async throws -> [UInt16] {
        if let classes = request.classes { return classes.sorted() }
        let side = try side(info, halo: 0, rowByteCount: labelRowByteCount(info))
        let areas = try await LabelAreas(request.labels, source, info, within: region, tileSide: side, run: run)
        let (classes, background) = areas.foreground
        if let background {
            run.progress.say(
                "\(request.labels): label \(background), the largest class, is taken for the background; --classes names others")
        }
        guard !classes.isEmpty else {
            let place = request.within.map { " within \($0)" } ?? ""
            throw CoordinatorError(.badInput, "\(request.labels): expected labelled pixels\(place), found none")
        }
        return classes
    }

    /// Bytes of a row of labels, and of one of the region.
    private func labelRowByteCount(_ info: ImageInfo) -> Int { (request.within == nil ? 2 : 4) * info.width }

    private func side(_ info: ImageInfo, halo: Int, rowByteCount: Int) throws(CoordinatorError) -> Int {
        let preferred = max(info.width, info.height) >= 8192 ? 2048 : 512
        return try BandBudget(rowByteCount: rowByteCount, haloPixels: halo)
            .tileSide(request.tileSide, preferred: preferred, image: request.labels.description)
    }

    private func plan(
        _ source: ObjectWindows.Source, _ info: ImageInfo, _ classes: [UInt16], _ region: RegionOfInterest?
    ) throws -> ObjectPlan {
        let rules = ObjectRules(
            classes: classes, connectivity: request.connectivity, fillsHoles: request.fillsHoles, splitDepth: request.splitDepth)
        let image = try request.image.map { try opened($0, info) }
        let probabilities = try request.probabilities.map { try opened($0, info) }
        let channels = try probabilities.map { shares in
            try Self.channels(shares, classes, model, path: request.probabilities?.description ?? "")
        }
        let rowByteCount = [image, probabilities].compactMap { $0?.rowByteCount }.reduce(labelRowByteCount(info), +)
        let side = try side(info, halo: rules.haloPixels, rowByteCount: rowByteCount)
        return ObjectPlan(
            labels: request.labels, labelSource: source, info: info, rules: rules, image: request.image, imageInfo: image,
            probabilities: request.probabilities, probabilityInfo: probabilities, channels: channels,
            marksJunctions: request.drawing.marksJunctions, wantsRuns: request.outputs.contains { $0.format == .instances },
            region: region,
            grid: TileGrid(
                imageWidth: info.width, imageHeight: info.height, tileSide: min(side, ObjectJob.sideMax),
                haloPixels: rules.haloPixels))
    }

    private func regrid(_ plan: ObjectPlan, side: Int) -> ObjectPlan {
        var plan = plan
        plan.grid = TileGrid(
            imageWidth: plan.info.width, imageHeight: plan.info.height, tileSide: side, haloPixels: plan.rules.haloPixels)
        return plan
    }

    /// An image of the labels' size.
    private func opened(_ image: ImageInput, _ labels: ImageInfo) throws -> ImageInfo {
        try run.notes.add(of: image, try ImageFile.contents(path: image.path))
        let info = try image.source.info
        guard info.width == labels.width, info.height == labels.height else {
            throw CoordinatorError(
                .badInput,
                "\(image): expected \(labels.width)×\(labels.height) pixels as in \(request.labels), found \(info.width)×\(info.height)"
            )
        }
        return info
    }

    /// The channel of each class: the only one, or that of the model's class, or by the order of the labels.
    private static func channels(
        _ shares: ImageInfo, _ classes: [UInt16], _ model: SegmentationModel?, path: String
    ) throws(CoordinatorError) -> [Int] {
        if shares.channels == 1 { return classes.map { _ in 0 } }
        let order = model?.classes.map(\.label) ?? Array(1...shares.channels)
        var channels: [Int] = []
        for label in classes {
            guard let place = order.firstIndex(of: Int(label)), place < shares.channels else {
                throw CoordinatorError(
                    .badInput,
                    "\(path): expected a channel for class \(label), found \(shares.channels) channels; --model says which is which"
                )
            }
            channels.append(place)
        }
        return channels
    }

    private func catalogue(_ plan: ObjectPlan, colours: [Int: RGBColour]) throws -> ObjectCatalogue {
        let known = Dictionary(model?.classes.map { ($0.label, $0) } ?? []) { first, _ in first }
        let classes = plan.rules.classes.enumerated().map { index, label in
            known[Int(label)]
                ?? SegmentationClass(
                    label: Int(label), name: "class \(label)", colour: colours[Int(label)] ?? .classColour(Int(label) - 1))
        }
        var metadata = request.labels.metadata
        if metadata.micronsPerPixel == nil, let image = request.image, image.metadata.micronsPerPixel != nil {
            metadata = image.metadata
        }
        let names = try request.image.map { image in
            let all = try ImageFile.contents(path: image.path).channelNames
            return (0..<(plan.imageInfo?.channels ?? 0)).map { place in
                let stored = image.selection.channels?[place] ?? place
                return all.indices.contains(stored) ? all[stored] : "Channel \(stored + 1)"
            }
        }
        let certainty = plan.probabilityInfo.map { $0.sampleType.maximum }
        return ObjectCatalogue(
            name: request.image?.path ?? request.labels.path, width: plan.info.width, height: plan.info.height,
            metadata: metadata,
            classes: classes, channels: names ?? [], certainty: certainty, isDetections: request.isDetections)
    }
}
