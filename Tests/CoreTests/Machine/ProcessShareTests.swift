import Foundation
import Testing

@testable import Machine

/// What a process was given, from the texts of control groups and batch systems.
@Suite struct ProcessShareTests {
    private static let gibibyte = 1 << 30

    /// A machine of 64 cores and 256 GiB with some files, by their paths.
    private func share(
        _ files: [String: String], allowed: Int = 64, environment: [String: String] = [:], limitBytes: Int? = nil
    ) -> ProcessShare {
        ProcessShare(
            .init(coreCount: 64, allowedCoreCount: allowed, memoryBytes: 256 * Self.gibibyte), environment: environment,
            limitBytes: limitBytes
        ) { files[$0] }
    }

    private static let second = [
        "/proc/self/cgroup": "0::/user.slice/job.scope\n",
        "/proc/self/mountinfo": """
        22 28 0:20 / /proc rw,nosuid shared:12 - proc proc rw
        30 25 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate
        """,
    ]

    private static let first = [
        "/proc/self/cgroup": "5:memory:/docker/abc\n4:cpu,cpuacct:/docker/abc\n3:cpuset:/\n1:name=systemd:/docker/abc\n",
        "/proc/self/mountinfo": """
        40 30 0:31 /docker/abc /sys/fs/cgroup/memory ro,nosuid master:9 - cgroup cgroup rw,memory
        41 30 0:32 /docker/abc /sys/fs/cgroup/cpu,cpuacct ro,nosuid master:10 - cgroup cgroup rw,cpu,cpuacct
        """,
    ]

    @Test func `without limits it is what the machine has`() {
        #expect(share([:]) == share(Self.second))
        #expect(share([:]).coreCount == 64 && share([:]).memoryBytes == 256 * Self.gibibyte)
        #expect(share([:], allowed: 0).coreCount == 64)
        let unlimited = [
            "/sys/fs/cgroup/user.slice/job.scope/cpu.max": "max 100000\n",
            "/sys/fs/cgroup/user.slice/job.scope/memory.max": "max\n",
        ]
        #expect(share(Self.second.merging(unlimited) { $1 }) == share([:]))
    }

    @Test(
        arguments: [
            ("400000 100000", 4), ("150000 100000", 2), ("5000 100000", 1), ("100000 50000", 2), ("max 100000", 64),
            ("0 100000", 64), ("-1 100000", 64), ("400000 0", 64), ("400000", 64), ("", 64), ("x y", 64),
            ("9223372036854775807 1", 64),
        ])
    func `a quota of processor time is rounded up to cores`(text: String, cores: Int) {
        let files = ["/sys/fs/cgroup/user.slice/job.scope/cpu.max": text]
        #expect(share(Self.second.merging(files) { $1 }).coreCount == cores)
    }

    @Test func `a limit of any group above holds, too`() {
        let files = [
            "/sys/fs/cgroup/user.slice/job.scope/cpu.max": "800000 100000\n",
            "/sys/fs/cgroup/user.slice/cpu.max": "300000 100000\n",
            "/sys/fs/cgroup/user.slice/job.scope/memory.max": "8589934592\n", "/sys/fs/cgroup/memory.max": "4294967296\n",
            "/sys/fs/cgroup/other/cpu.max": "100000 100000\n",
        ]
        let found = share(Self.second.merging(files) { $1 })
        #expect(found.coreCount == 3 && found.memoryBytes == 4 * Self.gibibyte)
    }

    @Test func `version 1 has its files in the mounts of its controllers`() {
        let files = [
            "/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us": "250000\n", "/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us": "100000\n",
            "/sys/fs/cgroup/memory/memory.limit_in_bytes": "2147483648\n",
        ]
        let found = share(Self.first.merging(files) { $1 })
        #expect(found.coreCount == 3 && found.memoryBytes == 2 * Self.gibibyte)
        let none = [
            "/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us": "-1\n", "/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us": "100000\n",
            "/sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
        ]
        #expect(share(Self.first.merging(none) { $1 }) == share([:]))
    }

    @Test func `a group that is not seen where it is mounted has the mounted one's limits`() {
        let files = [
            "/proc/self/cgroup": "0::/../../other\n", "/sys/fs/cgroup/cpu.max": "200000 100000\n",
            "/proc/self/mountinfo": Self.second["/proc/self/mountinfo"] ?? "",
        ]
        #expect(share(files).coreCount == 2)
        let elsewhere = [
            "/proc/self/cgroup": "0::/a\n", "/proc/self/mountinfo": "1 2 0:3 /b /sys/fs/my\\040groups rw - cgroup2 none rw\n",
            "/sys/fs/my groups/cpu.max": "300000 100000",
        ]
        #expect(share(elsewhere).coreCount == 3)
    }

    @Test func `affinity and Slurm's grants count`() {
        #expect(share([:], allowed: 6).coreCount == 6)
        #expect(share([:], environment: ["SLURM_CPUS_PER_TASK": "4", "SLURM_CPUS_ON_NODE": "16"]).coreCount == 4)
        #expect(share([:], environment: ["SLURM_CPUS_ON_NODE": "16"]).coreCount == 16)
        #expect(share([:], allowed: 2, environment: ["SLURM_CPUS_PER_TASK": "4"]).coreCount == 2)
        #expect(share([:], environment: ["SLURM_CPUS_PER_TASK": "0", "SLURM_CPUS_ON_NODE": "many"]).coreCount == 64)
        #expect(share([:], environment: ["SLURM_MEM_PER_NODE": "2048"]).memoryBytes == 2 * Self.gibibyte)
        #expect(
            share([:], environment: ["SLURM_MEM_PER_CPU": "1024", "SLURM_CPUS_PER_TASK": "3"]).memoryBytes == 3 * Self.gibibyte)
        #expect(share([:], environment: ["SLURM_MEM_PER_NODE": "0"]).memoryBytes == 256 * Self.gibibyte)
        #expect(share([:], environment: ["SLURM_MEM_PER_NODE": "\(Int.max)"]).memoryBytes == 256 * Self.gibibyte)
    }

    @Test func `the process's own limit of memory counts`() {
        #expect(share([:], limitBytes: Self.gibibyte).memoryBytes == Self.gibibyte)
        #expect(share([:], limitBytes: 512 * Self.gibibyte).memoryBytes == 256 * Self.gibibyte)
    }

    @Test func `lines that are none do no harm`() {
        for text in ["", "\n\n", "::::", "a b c", "0:", "1 2 3 4 5 6 -", "- cgroup2", "1 2 0:3 / / rw - cgroup2"] {
            for name in ["/proc/self/cgroup", "/proc/self/mountinfo"] {
                #expect(share(Self.second.merging([name: text]) { $1 }) == share([:]), "\(name): \(text)")
            }
        }
        #expect(ProcessShare.current.coreCount >= 1 && ProcessShare.current.memoryBytes > 0)
    }

    @Test func `a limit is said in the reason of a failure`() {
        #expect(ProcessLimit.fileSize.note(4096) == "this process may write files of up to 4096 bytes: ulimit -f")
        #expect(ProcessLimit.memory.note(307_200_000) == "this process may use 292 MiB of memory: ulimit -v")
        #expect(ProcessLimit.openFiles.note(20) == "this process may have 20 files open: ulimit -n")
        #expect(SystemReason.text(ENOSPC) == "No space left on device")
        let files = ProcessLimit.openFiles.value
        #expect(
            SystemReason.text(EMFILE) == "Too many open files" + (files.map { " (\(ProcessLimit.openFiles.note($0)))" } ?? ""))
    }
}
