internal import Coordinator
internal import Formats
internal import GRDB
internal import Primitives

/// Where images lie.
extension ProjectStore {
    /// The path of an image for whoever reads it: a relative one lies in the project's folder.
    package func location(of image: ProjectImage) -> String {
        RemoteImage.isURL(image.path) || image.path.hasPrefix("/") ? image.path : FilePath.join(folder, image.path)
    }

    /// Writes down what was found of an image after it was added, such as its hash.
    package func record(_ identity: ImageIdentity, of image: ProjectImage) throws(ProjectError) {
        try ProjectDatabase.reporting(folder) {
            try pool.write { database in
                try database.execute(
                    sql: "INSERT OR REPLACE INTO identity (image, path, byteCount, modified, sha256) VALUES (?, ?, ?, ?, ?)",
                    arguments: [
                        image.id, image.path, identity.byteCount, identity.modifiedNanoseconds, identity.sha256?.hex,
                    ])
            }
        }
    }

    /// What is known of an image: what was written down last, or else what it was added with.
    package func identity(of image: ProjectImage) throws(ProjectError) -> ImageIdentity? {
        let recorded = try ProjectDatabase.reporting(folder) {
            try pool.read { database in
                try Row.fetchOne(
                    database, sql: "SELECT byteCount, modified, sha256 FROM identity WHERE image = ? AND path = ?",
                    arguments: [image.id, image.path])
            }
        }
        guard let recorded else { return image.identity }
        let sha256: String? = recorded[2]
        return ImageIdentity(
            byteCount: recorded[0], modifiedNanoseconds: recorded[1], sha256: sha256.flatMap(ContentHash.init(hex:)))
    }

    /// Looks whether an image is where it was, and else below some folders. An image of which nothing is known is taken for the same.
    package func verify(_ image: ProjectImage, below folders: [String] = []) throws(ProjectError) -> ImageIdentity.Check {
        let path = location(of: image)
        if let known = try identity(of: image) { return known.verify(path, below: folders) }
        return (try? ImageIdentity.identify(path, isHashed: false)).map(ImageIdentity.Check.ok) ?? .missing
    }
}
