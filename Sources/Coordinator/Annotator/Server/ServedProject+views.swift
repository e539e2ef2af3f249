internal import HTTPTypes

extension ServedProject {
    /// Has a tab of a client shown what it looks at.
    ///
    /// - Throws: `Refusal` for a client without a stream; an error of the image.
    func show(_ view: ViewDocument, of client: String, tab: String) async throws {
        while let stream = hub.client(client) {
            stream.removeView(of: tab) { view.hasTile(at: $0) }
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

extension ViewDocument {
    /// Whether a tile of the view before may be one of this one, too: near its edge rather yes than no.
    ///
    /// A view of an earlier model is made anew each time, and has none.
    func hasTile(at place: StreamQueue.TilePlace) -> Bool {
        guard model == nil, (place.image, place.z, place.t) == (image, z, t), rect.count == 4 else { return false }
        let side = Double(AnnotatorResponder.tileSide << min(place.level, 32))
        let (left, top) = (Double(place.column) * side, Double(place.row) * side)
        return left - side <= rect[0] + rect[2] && top - side <= rect[1] + rect[3] && left + 2 * side >= rect[0]
            && top + 2 * side >= rect[1]
    }
}
