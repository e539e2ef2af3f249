internal import COpenSlide
internal import Foundation
internal import Imaging

extension ImageFormat {
    /// What slide scanners write, read by OpenSlide: Aperio, Hamamatsu, Leica, MIRAX, Philips, Sakura, Trestle, Ventana.
    ///
    /// Slides that are TIFF files are recognised by what only their scanners write; plain TIFF pyramids are no slides. OpenSlide recognises
    /// the others, of files with the ending of a slide.
    static let wholeSlide = ImageFormat(
        name: "whole-slide", endings: ["svs", "ndpi", "scn", "bif"] + endingsOfOthers.sorted(),
        signature: .file { (file, head) in
            if ImageFormat.tiff.matches(head) { return WholeSlideSigns.areIn(file) }
            let ending = file.path.split(separator: ".").last?.lowercased() ?? ""
            guard endingsOfOthers.contains(ending), let library = OpenSlideLibrary.shared else { return false }
            return library.detect_vendor(file.path) != nil
        },
        open: { (bytes, selection, limits) throws(ImageError) in
            .windows(try WholeSlideImage(try bytes.file(), limits: limits).reader(level: selection.level, limits: limits))
        },
        openLabels: nil,
        contents: { (bytes, limits) throws(ImageError) in try WholeSlideImage(try bytes.file(), limits: limits).contents },
        metadata: { (bytes, selection, limits) throws(ImageError) in
            try WholeSlideImage(try bytes.file(), limits: limits).metadata(ofLevel: selection.level)
        })

    /// Of slides that are no TIFF files.
    fileprivate static let endingsOfOthers: Set = ["mrxs", "vms", "vmu", "svslide"]
}

extension WholeSlideImage {
    /// Whether all of a slide is in the file that names it.
    package static func isOneFile(_ path: String) -> Bool {
        !ImageFormat.endingsOfOthers.contains(path.split(separator: ".").last?.lowercased() ?? "")
    }
}

/// What only scanners write into TIFF files.
private enum WholeSlideSigns {
    /// Tag of Hamamatsu's format.
    private static let hamamatsuTag: UInt32 = 65420

    static func areIn(_ file: InputFile) -> Bool {
        guard let session = try? TIFFSession(.file(file), limits: ImageLimits()) else { return false }
        if session.hasField(hamamatsuTag) { return true }
        let description = session.description ?? ""
        if description.hasPrefix("Aperio") || description.contains("http://www.leica-microsystems.com/scn/") { return true }
        let software = session.software ?? ""
        if software.hasPrefix("Philips") || software.hasPrefix("MedScan") { return true }
        return session.hasPacket(with: "<iScan")
    }
}
