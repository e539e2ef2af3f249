/// Brings complete objects into the order of their first pixels, and gives each away as soon as no earlier one can come.
///
/// Memory: 16 bytes for each object that waits for one that began before it.
package struct ObjectOrder: Sendable {
    private struct Waiting: Sendable {
        var first: Int
        var token: Int
    }

    /// A heap: no element comes before the one at half its index.
    private var heap: [Waiting] = []

    package init() {}

    /// Takes a complete object by the position of its first pixel.
    package mutating func add(first: Int, token: Int) {
        heap.append(Waiting(first: first, token: token))
        var index = heap.count - 1
        while index > 0, heap[index].first < heap[(index - 1) / 2].first {
            heap.swapAt(index, (index - 1) / 2)
            index = (index - 1) / 2
        }
    }

    /// The token of the next object; nil if one that begins before it may still come.
    ///
    /// - Parameter bound: all objects that are to come begin at this position or after it.
    package mutating func next(before bound: Int) -> Int? {
        guard let least = heap.first, least.first < bound else { return nil }
        let last = heap.removeLast()
        guard !heap.isEmpty else { return least.token }
        heap[0] = last
        var index = 0
        while true {
            var child = 2 * index + 1
            guard child < heap.count else { break }
            if child + 1 < heap.count, heap[child + 1].first < heap[child].first { child += 1 }
            guard heap[child].first < heap[index].first else { break }
            heap.swapAt(index, child)
            index = child
        }
        return least.token
    }
}
