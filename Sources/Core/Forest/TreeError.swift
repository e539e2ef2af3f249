/// Why arrays are no tree. `description` is one line for the user.
package enum TreeError: Error, Equatable, Sendable, CustomStringConvertible {
    case arrayLengths(feature: Int, bin: Int, right: Int)
    case empty
    case leafShape(values: Int, classCount: Int)
    case leafSum(row: Int, sum: Int)
    case feature(node: Int, feature: Int, featureCount: Int)
    case rightChild(node: Int, expected: Int, found: Int)
    case leafRow(node: Int, row: Int, rows: Int)
    case leafBin(node: Int, bin: Int)
    case unfinished(nodes: Int)
    case unreachable(node: Int)

    package var description: String {
        switch self {
        case .arrayLengths(let feature, let bin, let right):
            "tree: expected arrays of one length, found \(feature) features, \(bin) bins and \(right) right children"
        case .empty: "tree: expected at least one node, found none"
        case .leafShape(let values, let classCount):
            "tree: expected leaf rows of \(classCount) classes, found \(values) values"
        case .leafSum(let row, let sum): "tree: leaf row \(row): expected a sum of 65535, found \(sum)"
        case .feature(let node, let feature, let featureCount):
            "tree: node \(node): expected a feature below \(featureCount), found \(feature)"
        case .rightChild(let node, let expected, let found):
            "tree: node \(node): expected its right child behind its left subtree at node \(expected), found \(found)"
        case .leafRow(let node, let row, let rows): "tree: node \(node): expected a leaf row below \(rows), found \(row)"
        case .leafBin(let node, let bin): "tree: node \(node): expected bin 0 at a leaf, found \(bin)"
        case .unfinished(let nodes): "tree: expected another subtree behind node \(nodes - 1), found the end"
        case .unreachable(let node): "tree: expected the end behind node \(node - 1), found node \(node), which nothing leads to"
        }
    }
}
