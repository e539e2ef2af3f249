/// Something in an image file that is not used, or that is read otherwise than it is stored: what a user should know and is told once.
package struct ImageNote: Codable, Hashable, Sendable {
    /// What a note is about. A command prints one line for each kind, however many files it is true of.
    package enum Kind: String, Codable, CaseIterable, Sendable {
        /// Planes of a stack that are not used.
        case planes
        /// Channels that are left out, put in another order, or matched by their names.
        case channels
        /// Images of a file besides the first: series, scenes, thumbnails, labels of a slide.
        case series
        /// Resolutions that cannot be read.
        case levels
        /// Alpha and transparent colours.
        case alpha
        /// Pixels that are turned or mirrored as the file asks for.
        case orientation
        /// Grey levels that are inverted, since the file counts them from white.
        case inverted
        /// Colour profiles and gamma, which are not applied.
        case profile
        /// Chunks that are not in the file, and what stands in their place.
        case missing
        /// Values that are rounded to a type of fewer bits.
        case precision
        /// How the values of a label image become classes.
        case labels
        /// Which classes the annotations of a file are, and shapes that are of none.
        case classes
        /// Several people's labels of one image.
        case merged
        /// Labels that are not learned from, because their pixels have no data.
        case unusedLabels
        /// Regions of interest, overlays and annotations in an image file.
        case overlays
        /// Pairs, images or lines of a list that occur twice.
        case doubles
    }

    package var kind: Kind
    /// One sentence without a full stop, which follows the file's name: `12 planes, of which only plane 0 is used; …`.
    package var text: String

    package init(_ kind: Kind, _ text: String) { (self.kind, self.text) = (kind, text) }
}
