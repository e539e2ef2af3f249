internal import Worker

await WorkerProgram.main()
