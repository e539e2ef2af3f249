internal import CTIFF
internal import Imaging

/// What of a TIFF is not used, or read otherwise than it is stored.
enum TIFFNotes {
    /// ImageJ's and Fiji's regions of interest and overlays.
    private static let overlayTag: UInt32 = 50838
    private static let profileTag = UInt32(TIFFTAG_ICCPROFILE)

    /// The notes on the image at which the session is.
    static func of(
        _ decoder: TIFFDecoder, _ session: TIFFSession, _ stack: TIFFStack, orientation: Orientation
    ) -> [ImageNote] {
        let layout = decoder.layout
        var notes = [TurnedImage.note(orientation)].compactMap { $0 }
        if layout.isInverted {
            notes.append(
                ImageNote(.inverted, "its grey levels are counted from white (MinIsWhite) and are inverted, as viewers do"))
        }
        if layout.hasAlpha {
            notes.append(ImageNote(.alpha, "its alpha is not used; --alpha mask leaves out transparent pixels"))
        }
        if layout.values == .float(bits: 64) {
            notes.append(ImageNote(.precision, "its values of 64 bits are rounded to 32 bits"))
        }
        let (missing, all) = decoder.missingChunks
        if missing > 0 {
            let value = decoder.noData.map { "\($0), its value for no data" } ?? "0"
            notes.append(
                ImageNote(
                    .missing, "\(missing) of \(all) chunks are not in the file and are read as \(value); was the copy complete?"))
        }
        if session.hasField(profileTag) { notes.append(.profile("")) }
        if session.hasField(overlayTag) {
            notes.append(ImageNote(.overlays, "its overlays and regions of interest are not used"))
        }
        if stack.otherSeries > 0 {
            notes.append(ImageNote(.series, "\(stack.otherSeries + 1) images, of which the first is used"))
        }
        return notes
    }
}
