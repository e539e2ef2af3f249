package import Jobs
package import Protocol

/// Where the results of segmenting one image go.
package struct OutputPaths: Hashable, Sendable {
    package var labels: String
    package var probabilities: String?
    package var uncertainty: String?
    package var overlay: String?

    package init(labels: String, probabilities: String? = nil, uncertainty: String? = nil, overlay: String? = nil) {
        self.labels = labels
        self.probabilities = probabilities
        self.uncertainty = uncertainty
        self.overlay = overlay
    }

    /// All names in one line: the same for the same outputs.
    package var request: String {
        [labels, probabilities ?? "", uncertainty ?? "", overlay ?? ""].map { "\($0.utf8.count):\($0)" }.joined(separator: " ")
    }

    /// Whether workers may write some of the maps themselves. An overlay is made of the labels, which are then needed here.
    package var mayBeShared: Bool {
        overlay == nil && [labels, probabilities, uncertainty].contains { $0.map { FilePath($0).ending == "zarr" } == true }
    }

    /// The form in which a map of this name is asked of the workers.
    package static func probabilityType(of path: String) -> TileJob.ProbabilityType {
        FilePath(path).ending == "npy" ? .float32 : .uint16
    }
}

/// All outputs of one image, written tile by tile; nothing appears under its name before everything is complete.
package final class SegmentationOutputs {
    private let writers: [any TileWriter]

    /// Creates the temporary files.
    ///
    /// - Parameter key: as of `PendingFolder`; nil for a run that is not kept.
    package init(paths: OutputPaths, key: String? = nil, width: Int, height: Int, classes: [SegmentationClass]) throws {
        var writers: [any TileWriter] = []
        if let path = paths.probabilities {
            switch FilePath(path).ending {
            case "zarr":
                writers.append(
                    try ZarrMap.probabilities(path: path, key: key, width: width, height: height, classes: classes))
            case "npy": writers.append(try ProbabilityNPYWriter(path: path, width: width, height: height, classes: classes))
            default: writers.append(try ProbabilityPNGWriter(path: path, width: width, height: height, classes: classes))
            }
        }
        if let path = paths.uncertainty {
            switch FilePath(path).ending {
            case "zarr": writers.append(try ZarrMap.uncertainty(path: path, key: key, width: width, height: height))
            case "npy": writers.append(try UncertaintyNPYWriter(path: path, width: width, height: height))
            default: writers.append(try UncertaintyPNGWriter(path: path, width: width, height: height))
            }
        }
        if let path = paths.overlay {
            writers.append(try OverlayWriter(path: path, width: width, height: height, classes: classes))
        }
        // The labels come last: their presence says that all is complete.
        if FilePath(paths.labels).ending == "zarr" {
            writers.append(try ZarrMap.labels(path: paths.labels, key: key, width: width, height: height, classes: classes))
        } else {
            writers.append(try LabelWriter(path: paths.labels, width: width, height: height, classes: classes))
        }
        self.writers = writers
    }

    package func write(_ tile: borrowing SegmentedTile) throws {
        for writer in writers { try writer.write(tile) }
    }

    /// The maps whose tiles of this side workers may write themselves.
    package func offers(tileSide: Int) throws -> [SharedMap] { try writers.compactMap { try $0.offer(tileSide: tileSide) } }

    /// Gives every file its name, and returns the names.
    package func finish() throws -> [String] {
        for writer in writers { try writer.seal() }
        for writer in writers { try writer.publish() }
        return writers.flatMap(\.paths)
    }
}
