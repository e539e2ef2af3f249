package import HTTPServing

/// How the annotator is served.
package struct AnnotatorSettings: Sendable {
    package var address: ListenAddress
    /// Further names under which browsers reach the server.
    package var names: [String]
    /// The project's folder.
    package var folder: String
    /// Images that are added, unless they are in the project already.
    package var images: [String]
    /// Folders whose images the page may use, besides the project's own.
    package var roots: [String]
    /// Nil: everybody who reaches the address may ask everything.
    package var token: AccessToken?
    package var tls: ServerTLS?
    package var connections: ConnectionLimits
    /// Of one uploaded image.
    package var uploadBytesMax: Int

    /// Of one uploaded image, where nothing else is said: 64 GiB.
    package static let uploadBytesUsual = 64 << 30

    package init(
        address: ListenAddress, names: [String] = [], folder: String, images: [String] = [], roots: [String] = [],
        token: AccessToken? = nil, tls: ServerTLS? = nil, connections: ConnectionLimits = ConnectionLimits(),
        uploadBytesMax: Int = uploadBytesUsual
    ) {
        (self.address, self.names, self.folder, self.images, self.roots) = (address, names, folder, images, roots)
        (self.token, self.tls, self.connections, self.uploadBytesMax) = (token, tls, connections, uploadBytesMax)
    }

    /// Folders below which lies all that the page may use.
    package var allRoots: [String] { [folder] + roots }
}
