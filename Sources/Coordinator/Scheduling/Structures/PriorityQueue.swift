/// A queue of distinct elements, each with a priority that can change while it waits; the least priority comes first.
///
/// A binary heap beside a table of positions. Elements of equal priority come out in an order that depends only on the
/// history of calls, so that the same history always gives the same order.
struct PriorityQueue<Element: SchedulerIndex, Priority: Comparable & Sendable>: Sendable {
    private struct Entry: Sendable {
        var element: Element
        var priority: Priority
    }

    /// `heap[(i - 1) / 2].priority <= heap[i].priority` for every i > 0.
    private var heap: [Entry] = []
    private var positions = IndexTable<Element, Int>()

    var count: Int { heap.count }
    var isEmpty: Bool { heap.isEmpty }

    /// The element of least priority value, if any.
    ///
    /// - Complexity: O(1).
    var first: (element: Element, priority: Priority)? {
        heap.first.map { ($0.element, $0.priority) }
    }

    func contains(_ element: Element) -> Bool { positions.contains(element) }

    /// The priority with which `element` waits, if it does.
    func priority(of element: Element) -> Priority? {
        positions[element].map { heap[$0].priority }
    }

    /// Up to `count` elements from the front of the heap: the first one, then some that are likely to follow it.
    ///
    /// - Complexity: O(`count`).
    func front(_ count: Int) -> some Sequence<(element: Element, priority: Priority)> {
        heap.prefix(count).lazy.map { ($0.element, $0.priority) }
    }

    /// Adds `element`, or gives it a new priority if it is already here.
    ///
    /// - Complexity: O(log n).
    mutating func set(_ element: Element, to priority: Priority) {
        if let position = positions[element] {
            heap[position].priority = priority
            settle(at: position)
        } else {
            heap.append(Entry(element: element, priority: priority))
            positions[element] = heap.count - 1
            siftUp(from: heap.count - 1)
        }
    }

    /// Takes `element` out, if it is here.
    ///
    /// - Complexity: O(log n).
    mutating func remove(_ element: Element) {
        guard let position = positions.removeValue(forKey: element) else { return }
        let last = heap.removeLast()
        guard position < heap.count else { return }
        heap[position] = last
        positions[last.element] = position
        settle(at: position)
    }

    /// Takes the first element out.
    ///
    /// - Complexity: O(log n).
    mutating func popFirst() -> Element? {
        guard let first = heap.first?.element else { return nil }
        remove(first)
        return first
    }

    mutating func removeAll() {
        heap.removeAll()
        positions.removeAll()
    }

    private mutating func settle(at position: Int) {
        if position > 0, heap[position].priority < heap[(position - 1) / 2].priority {
            siftUp(from: position)
        } else {
            siftDown(from: position)
        }
    }

    private mutating func siftUp(from start: Int) {
        var position = start
        let entry = heap[start]
        while position > 0 {
            let parent = (position - 1) / 2
            guard entry.priority < heap[parent].priority else { break }
            place(heap[parent], at: position)
            position = parent
        }
        if position != start { place(entry, at: position) }
    }

    private mutating func siftDown(from start: Int) {
        var position = start
        let entry = heap[start]
        while true {
            var child = 2 * position + 1
            guard child < heap.count else { break }
            if child + 1 < heap.count, heap[child + 1].priority < heap[child].priority { child += 1 }
            guard heap[child].priority < entry.priority else { break }
            place(heap[child], at: position)
            position = child
        }
        if position != start { place(entry, at: position) }
    }

    private mutating func place(_ entry: Entry, at position: Int) {
        heap[position] = entry
        positions[entry.element] = position
    }
}
