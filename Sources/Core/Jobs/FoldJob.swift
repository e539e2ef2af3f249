package import Forest
package import Primitives
package import Protocol

/// Grow the trees `firstTree ..< firstTree + treeCount` on all samples of a training table but those of one fold, and have them vote on
/// samples of that fold. The trees are not kept.
package struct FoldJob: Job {
    package static let kind = "fold"

    /// The training table: one document.
    package var table: ContentHash
    /// The fold of each of its samples.
    package var folds: ContentHash
    /// The fold that is left out.
    package var fold: Int
    /// Of the forest that is grown without it.
    package var parameters: ForestParameters
    package var firstTree: Int
    /// 1…`TreeJob.treeCountMax`.
    package var treeCount: Int

    package init(
        table: ContentHash, folds: ContentHash, fold: Int, parameters: ForestParameters, firstTree: Int, treeCount: Int
    ) {
        (self.table, self.folds, self.fold, self.parameters) = (table, folds, fold, parameters)
        (self.firstTree, self.treeCount) = (firstTree, treeCount)
    }

    package var blobs: [ContentHash] { [table, folds] }

    package struct Output: Codable, Sendable {
        /// uint32 `[judged samples][classes]`: leaf votes of all trees.
        package var votes: WireArray
    }

    package func workspaceBytes(blobs: BlobSet) -> ByteCount {
        guard let table = try? blobs.table(table) else { return ByteCount(0) }
        // Rows of the samples, drawn samples and what trees are grown in; the votes, as they are and as text.
        return ByteCount(table.sampleCount, 56 + table.featureCount)
            + ByteCount(OutOfBag.rowCount(sampleCount: table.sampleCount, classCount: table.classCount), 12, table.classCount)
    }

    package func run(in slot: SlotWorkspace, blobs: BlobSet) throws(JobError) -> Output {
        guard firstTree >= 0, treeCount >= 1, firstTree < parameters.trees, treeCount <= parameters.trees - firstTree,
            treeCount <= TreeJob.treeCountMax
        else {
            throw .invalid(
                "trees: expected up to \(TreeJob.treeCountMax) of 0 to \(parameters.trees - 1), found \(treeCount) from \(firstTree) on"
            )
        }
        let (table, folds) = (try blobs.table(table), try blobs.folds(folds))
        do {
            var growth = try LeftOutFold(table, folds: folds, fold: fold)
            for index in firstTree..<firstTree + treeCount {
                try slot.checkCancellation()
                try growth.grow(treeIndex: index, with: slot.grower, parameters: parameters)
            }
            let shape = [growth.votes.count / table.classCount, table.classCount]
            return Output(votes: WireArray(growth.votes, .uint32, shape: shape))
        } catch let error as ForestError {
            throw .invalid(error.description)
        } catch let error as JobError {
            throw error
        } catch {
            throw .invalid("\(error)")
        }
    }

    package func check(_ output: Output) throws(WireError) {
        try output.votes.require(.uint32, [nil, nil], "votes")
    }
}
