internal import CTIFF
internal import Imaging

/// What of a TIFF is not used, or read otherwise than it is stored.
enum TIFFNotes {
    /// ImageJ's and Fiji's regions of interest and overlays.
    private static let overlayTag: UInt32 = 50838
    private static let profileTag = UInt32(TIFFTAG_ICCPROFILE)

    /// Colours that are neither grey levels nor RGB, and are read as channels.
    private static let colours = [
        PHOTOMETRIC_SEPARATED: "inks, such as CMYK", PHOTOMETRIC_CIELAB: "CIE L*a*b*", PHOTOMETRIC_ICCLAB: "ICC L*a*b*",
    ]

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
        if let name = colours[layout.photometric] {
            notes.append(ImageNote(.profile, "its channels are \(name): values are used as they are stored"))
        }
        if decoder.convertsColoursUnasked {
            notes.append(
                ImageNote(
                    .profile, "its JPEG 2000 holds YCbCr where its photometric interpretation says RGB: colours are converted"))
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

    /// The note on a stack whose first plane alone has a directory, where the file ends before its last one.
    ///
    /// - Parameter count: planes, as the description says.
    static func ofPlanes(_ count: Int, _ session: TIFFSession, _ layout: TIFFLayout) -> [ImageNote] {
        guard let present = TIFFPlaneRows.present(of: count, session, layout), present < count else { return [] }
        return [
            ImageNote(
                .missing, "\(present) of \(count) planes are in the file, the others cannot be read; was the copy complete?")
        ]
    }
}
