/// What waits to be sent to one client, besides operations, which are read from the log when their turn comes.
///
/// Each thing waits at most once: of a tile, a state and the like only the newest matters, so a client that reads slowly sees fewer of them,
/// not later ones. What cannot be left out and does not fit is the end of the stream: the client comes back and asks for what it missed.
struct StreamQueue {
    /// What a message is about: a newer one replaces an older one with the same subject.
    enum Subject: Hashable {
        /// The one message of a type, such as `state`.
        case latest(type: String)
        /// The progress of one thing, such as an image or a run.
        case progress(type: String, id: String)
        case tile(TilePlace)
        /// A view is complete.
        case view(tab: String)
        /// Never replaced.
        case event(number: Int)
    }

    /// Where a tile belongs.
    struct TilePlace: Hashable {
        var tab: String
        var image: String
        var z: Int
        var t: Int
        var kind: String
        var level: Int
        var column: Int
        var row: Int
    }

    private struct Entry {
        var order: Int
        var frame: StreamFrame
        var revision: Int
    }

    /// Bytes that may wait.
    let bytesMax: Int
    private(set) var byteCount = 0
    /// By the order in which subjects were first added: tiles that are replaced keep their place.
    private var entries: [Subject: Entry] = [:]
    private var order: [Int: Subject] = [:]
    /// Orders below are taken, those from `nextOrder` on are free.
    private var firstOrder = 0
    private var nextOrder = 0
    private var eventCount = 0
    /// The newest model of which tiles came for each layer.
    private var newest: [Layer: Int] = [:]

    /// Tiles that one model makes for a tab.
    private struct Layer: Hashable {
        let tab: String
        let kind: String
        let level: Int

        init(_ place: TilePlace) { (tab, kind, level) = (place.tab, place.kind, place.level) }
    }

    init(bytesMax: Int) { self.bytesMax = bytesMax }

    var isEmpty: Bool { entries.isEmpty }

    /// Adds a message; false if there is no room for it.
    ///
    /// - Parameter revision: the model that a tile or a view is of. Tiles of the same tab, kind and level that are older are dropped.
    mutating func add(_ frame: StreamFrame, about subject: Subject, revision: Int = 0) -> Bool {
        if let waiting = entries[subject], waiting.revision > revision { return true }
        if case .tile(let place) = subject {
            let layer = Layer(place)
            if let known = newest[layer], known > revision { return true }
            newest[layer] = revision
            remove { other, entry in
                guard case .tile(let old) = other else { return false }
                return Layer(old) == layer && entry.revision < revision
            }
        }
        let freed = entries[subject]?.frame.byteCount ?? 0
        guard byteCount - freed + frame.byteCount <= bytesMax else { return false }
        byteCount += frame.byteCount - freed
        if let waiting = entries[subject] {
            entries[subject] = Entry(order: waiting.order, frame: frame, revision: revision)
        } else {
            entries[subject] = Entry(order: nextOrder, frame: frame, revision: revision)
            order[nextOrder] = subject
            nextOrder += 1
        }
        return true
    }

    /// Adds a message that no other replaces.
    mutating func add(event frame: StreamFrame) -> Bool {
        eventCount += 1
        return add(frame, about: .event(number: eventCount))
    }

    /// Drops what waits of a tab's view, which another one follows.
    ///
    /// - Parameter isKept: whether a tile belongs to the next view, too. Whoever makes tiles takes it for sent.
    mutating func removeView(of tab: String, keeping isKept: (TilePlace) -> Bool = { _ in false }) {
        remove { subject, _ in
            switch subject {
            case .tile(let place): place.tab == tab && !isKept(place)
            case .view(let other): other == tab
            case .latest, .progress, .event: false
            }
        }
        let kept = Set(entries.keys.compactMap { if case .tile(let place) = $0 { Layer(place) } else { nil } })
        // The next view may be one of an earlier model.
        newest = newest.filter { $0.key.tab != tab || kept.contains($0.key) }
    }

    /// The next message to send; nil if nothing waits.
    mutating func next() -> StreamFrame? {
        while firstOrder < nextOrder {
            let subject = order.removeValue(forKey: firstOrder)
            firstOrder += 1
            guard let subject, let entry = entries.removeValue(forKey: subject) else { continue }
            byteCount -= entry.frame.byteCount
            return entry.frame
        }
        return nil
    }

    private mutating func remove(where isRemoved: (Subject, Entry) -> Bool) {
        for (subject, entry) in entries where isRemoved(subject, entry) {
            entries[subject] = nil
            order[entry.order] = nil
            byteCount -= entry.frame.byteCount
        }
    }
}
