/// Where the bytes of an image lie.
enum ImageBytes {
    case file(InputFile)
    case remote(RemoteFile)

    /// Names it in messages.
    var path: String {
        switch self {
        case .file(let file): file.path
        case .remote(let file): file.url.text
        }
    }
}
