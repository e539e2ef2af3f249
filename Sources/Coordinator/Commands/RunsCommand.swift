internal import ArgumentParser
internal import Coordinator

/// `coppice runs`: the runs below a folder.
struct RunsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "runs",
        abstract: "List the run directories below a folder, newest first.")

    @Argument(help: "Where to look.")
    var folder: String = "."

    func run() throws {
        let list = try RunList(below: folder)
        for run in list.runs { try Console.print(run.line) }
        for problem in list.unreadable { Console.say("coppice: warning: \(problem)\n") }
    }
}
