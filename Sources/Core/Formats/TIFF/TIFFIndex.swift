internal import CTIFF
internal import Imaging

/// The directories of a TIFF: one entry for each image of full resolution in its chain, in order.
struct TIFFIndex {
    struct Entry {
        /// Offsets of the directories of its resolutions, the full one first: those below it, or those that follow it in the chain.
        var levels: [UInt64]
    }

    let entries: [Entry]

    /// Walks down the chain from its first directory, at which the session is, to the last one that can be read.
    ///
    /// - Complexity: O(directories).
    init(_ session: TIFFSession) {
        var entries: [Entry] = []
        var found = ctiff_entry()
        repeat {
            ctiff_read_entry(session.pointer, &found)
            let type = Int32(bitPattern: found.subfile_type)
            // A mask is no image of its own.
            if type & FILETYPE_MASK != 0 { continue }
            if type & FILETYPE_REDUCEDIMAGE != 0, !entries.isEmpty {
                entries[entries.count - 1].levels.append(found.offset)
                continue
            }
            let below = withUnsafeBytes(of: found.sub_offsets) { offsets in
                Array(offsets.bindMemory(to: UInt64.self).prefix(Int(found.sub_count)))
            }
            entries.append(Entry(levels: [found.offset] + below))
        } while entries.count < ImageSelection.numberMax && ctiff_next_directory(session.pointer) == 1
        self.entries = entries
    }
}
