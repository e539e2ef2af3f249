internal import Imaging

extension HDF5File {
    private static let levelsMax = 32
    /// Bytes of one name.
    private static let nameBytesMax = 1 << 12
    /// The kind of an entry that is the path of another.
    private static let symbolicLinkKind = 2

    /// The links of a group, of its symbol table: a B-tree of nodes of names, which lie in a local heap.
    ///
    /// - Throws: `ImageError.corrupt` for damage, among it a name or a node that is there twice.
    func readLinks(_ message: HDF5Cursor) throws(ImageError) -> [String: Link] {
        var message = message
        let (tree, heap) = (try message.number(8), try message.number(8))
        let names = try heapContent(at: heap)
        var links: [String: Link] = [:]
        try forEachLeaf(ofTreeAt: tree, kind: 0, keyByteCount: 8) { (_, address) throws(ImageError) in
            var node = try cursor(at: address)
            try node.expect("SNOD")
            try node.expect(version: 1, of: "a symbol table node")
            try node.skip(1)
            for _ in 0..<(try node.number(2)) {
                try spendEntry()
                let name = try text(in: names, at: try node.number(8))
                let target = try node.address()
                let kind = try node.number(4)
                try node.skip(20)
                let link = kind == Self.symbolicLinkKind ? nil : target.map(Link.object)
                guard links.updateValue(link ?? .elsewhere, forKey: name) == nil else { throw node.damaged("names that differ") }
            }
        }
        return links
    }

    /// Visits what the leaves of a B-tree point to, in their order: the key before it, and its address.
    ///
    /// - Parameter kind: 0 for groups, 1 for chunks.
    /// - Throws: `ImageError.corrupt` for damage, and what `body` throws.
    func forEachLeaf(
        ofTreeAt root: Int, kind: Int, keyByteCount: Int, _ body: (_ key: HDF5Cursor, _ address: Int) throws(ImageError) -> Void
    ) throws(ImageError) {
        // What is still to be visited, the next one last; the root's level is what it says.
        var nodes: [(address: Int, level: Int?)] = [(root, nil)]
        while let (address, expectedLevel) = nodes.popLast() {
            try spendEntry()
            var node = try cursor(at: address)
            try node.expect("TREE")
            guard try node.number(1) == kind else { throw node.damaged("a tree of kind \(kind)") }
            let level = try node.number(1)
            guard level == expectedLevel ?? level, level < Self.levelsMax else { throw node.damaged("another level") }
            let count = try node.number(2)
            // The siblings.
            try node.skip(16)
            var children: [(Int, Int?)] = []
            for _ in 0..<count {
                let key = try cursor(at: try node.range(keyByteCount).lowerBound, count: keyByteCount)
                let child = try node.number(8)
                try spendEntry()
                if level == 0 { try body(key, child) } else { children.append((child, level - 1)) }
            }
            nodes += children.reversed()
        }
    }

    /// Where the names of a group are.
    private func heapContent(at address: Int) throws(ImageError) -> Range<Int> {
        var heap = try cursor(at: address)
        try heap.expect("HEAP")
        try heap.expect(version: 0, of: "a local heap")
        try heap.skip(3)
        let (count, _, start) = (try heap.number(8), try heap.address(), try heap.number(8))
        var content = try cursor(at: start)
        return try content.range(count)
    }

    /// The text in a heap that ends with a zero.
    private func text(in heap: Range<Int>, at offset: Int) throws(ImageError) -> String {
        let characters = bytes[heap].dropFirst(offset).prefix(Self.nameBytesMax).prefix { $0 != 0 }
        guard !characters.isEmpty, characters.count < Self.nameBytesMax, characters.endIndex < heap.upperBound else {
            throw .corruptAnnotations(path, "expected a name at \(offset) of the heap at byte \(heap.lowerBound), found none")
        }
        try spendText(characters.count)
        return String(decoding: characters, as: UTF8.self)
    }
}
