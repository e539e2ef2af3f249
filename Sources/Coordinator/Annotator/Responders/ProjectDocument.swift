internal import AnnotationFormats
internal import Features
internal import Foundation
internal import Imaging
internal import Primitives
internal import Projects

/// The answer of `GET project`: all that a page needs to begin.
struct ProjectDocument {
    let state: ProjectState
    /// The project's id.
    let id: String
    /// The project's folder.
    let folder: String
    /// Who asks.
    let person: Person
    let isLive: Bool
    /// What is wrong with images, by their ids.
    let problems: [String: ImageProblem]

    var bytes: [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.member("id", id)
            json.member("sequence", state.sequence)
            json.member("name", FolderName.last(of: folder))
            json.member("folder", folder)
            json.member("version", Coppice.version)
            json.name("person")
            Self.write(person, &json)
            json.name("persons")
            json.list { json in for one in state.allPersons { Self.write(one, &json) } }
            json.name("classes")
            json.list { json in for one in state.allClasses { Self.write(one, &json) } }
            json.name("images")
            json.list { json in for image in state.allImages { write(image, &json) } }
            json.name("settings")
            state.settings.change.write(&json)
            json.name("live")
            json.object { json in json.member("isLive", isLive) }
            writeChoices(&json)
        }
        return json.bytes
    }

    private static func write(_ person: Person, _ json: inout JSONWriter) {
        json.object { json in
            json.member("id", person.id)
            json.member("name", person.name)
        }
    }

    private static func write(_ one: ProjectClass, _ json: inout JSONWriter) {
        json.object { json in
            json.member("number", one.number)
            json.member("name", one.name)
            json.member("colour", one.colour.hex)
            json.member("isHidden", one.isHidden)
            json.member("isDeleted", false)
        }
    }

    private func write(_ image: ProjectImage, _ json: inout JSONWriter) {
        json.object { json in
            json.member("id", image.id)
            json.member("name", image.name)
            json.member("path", image.path)
            json.member("width", image.width)
            json.member("height", image.height)
            json.member("channels", image.channels)
            json.member("sampleType", image.sampleType?.rawValue)
            json.member("depth", image.depth)
            json.member("times", image.times)
            json.member("shapeCount", state.shapeCount(of: image.id))
            json.member("isSetAside", state.isSetAside(image: image.id))
            json.member("problem", problems[image.id]?.text)
            json.member("problemKind", problems[image.id]?.kind.rawValue)
            json.member("foundPath", problems[image.id]?.foundPath)
        }
    }

    // MARK: What can be chosen

    private func writeChoices(_ json: inout JSONWriter) {
        json.name("families")
        json.list { json in
            for family in FeatureFamily.allCases {
                json.object { json in
                    json.member("name", family.rawValue)
                    json.member("explanation", family.summary)
                    json.name("planes")
                    json.list { json in for name in family.planeNames { json.value(name) } }
                }
            }
        }
        json.name("presets")
        json.list { json in
            for preset in Self.presets {
                json.object { json in
                    json.member("name", preset.name)
                    json.member("explanation", preset.explanation)
                    json.member("preset", preset.preset.rawValue)
                    json.name("families")
                    json.list { json in for family in preset.preset.families(channels: 3) { json.value(family.rawValue) } }
                    json.member("sigmaMin", preset.sigmas.lowerBound)
                    json.member("sigmaMax", preset.sigmas.upperBound)
                }
            }
        }
        json.name("palette")
        json.list { json in for colour in Self.palette { json.value(colour) } }
    }

    private struct Preset {
        let name: String
        let explanation: String
        let preset: FeaturePreset
        let sigmas: ClosedRange<Double>
    }

    /// Sets of features that are asked for most: what each is good for, in one line.
    private static let presets = [
        Preset(
            name: "default", explanation: "Brightness, edges, texture, rings, lines and colour: right for most images.",
            preset: .default, sigmas: 0.5...16),
        Preset(
            name: "fast", explanation: "Brightness, edges and texture only: the least to compute.", preset: .fast,
            sigmas: 0.5...16),
        Preset(
            name: "rich", explanation: "Every family of use: the most to learn from, and the slowest.", preset: .rich,
            sigmas: 0.5...16),
        Preset(
            name: "fine", explanation: "The default of small details only: for objects of a few pixels.", preset: .default,
            sigmas: 0.5...4),
        Preset(
            name: "coarse", explanation: "The default of wide surroundings: for large textures and tissue.", preset: .default,
            sigmas: 1...32),
        Preset(
            name: "scikit-image", explanation: "The features of scikit-image: to compare with it.", preset: .scikitImage,
            sigmas: 0.5...16),
    ]

    /// Colours for new classes, of Okabe and Ito: the original's newer five first.
    static let palette = ["#E69F00", "#56B4E9", "#009E73", "#F0E442", "#0072B2", "#D55E00", "#CC79A7", "#000000"]
}

/// The name of a folder.
enum FolderName {
    /// The last part of a path.
    static func last(of path: String) -> String { URL(fileURLWithPath: path).lastPathComponent }
}
