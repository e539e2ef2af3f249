internal import HTTPTypes

extension ServedProject {
    /// Has a tab of a client shown what it looks at.
    ///
    /// - Throws: `Refusal` for a client without a stream; an error of the image.
    func show(_ view: ViewDocument, of client: String, tab: String) async throws {
        while let stream = hub.client(client) {
            stream.removeView(of: tab)
            try await live.setView(view, of: stream.key, tab: tab)
            if hub.isOpen(stream) { return }
            // The stream has ended meanwhile: nobody would ever take the view away.
            await live.removeView(of: stream.key, tab: tab)
        }
        throw Refusal(.conflict, "no_stream", "client \(client) has no stream: open one first", retryable: true)
    }

    /// A tab is closed, or hidden.
    func removeView(of client: String, tab: String) async {
        guard let stream = hub.client(client) else { return }
        stream.removeView(of: tab)
        await live.removeView(of: stream.key, tab: tab)
    }
}
