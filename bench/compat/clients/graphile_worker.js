// graphile-worker: its migrations, and jobs with keys and queues that are run once.
const { runMigrations, makeWorkerUtils, runOnce, Logger } = require('graphile-worker')

const [, , port, database] = process.argv
const connectionString = `postgres://postgres:x@127.0.0.1:${port}/${database}`
const logger = new Logger(() => () => {})

async function main() {
  await runMigrations({ connectionString, logger })
  const utils = await makeWorkerUtils({ connectionString, logger })
  for (let i = 0; i < 3; i++) await utils.addJob('work', { i })
  await utils.addJob('work', { k: 1 }, { jobKey: 'k', runAt: new Date(0), priority: 3 })
  await utils.addJob('work', { k: 2 }, { jobKey: 'k', jobKeyMode: 'replace', queueName: 'queue' })
  await utils.addJob('broken', {}, { maxAttempts: 1 })
  const seen = []
  const taskList = {
    work: async payload => { seen.push(JSON.stringify(payload)) },
    broken: async () => { throw new Error('broken') },
  }
  await runOnce({ connectionString, logger, concurrency: 1, taskList })
  console.log(seen.sort())
  const jobs = await utils.withPgClient(c => c.query('SELECT task_identifier, attempts, last_error IS NOT NULL AS failed FROM graphile_worker.jobs ORDER BY 1'))
  console.log(jobs.rows)
  await utils.withPgClient(c => c.query(`SELECT graphile_worker.add_job('work', '{"sql": 1}')`))
  await utils.cleanup({ tasks: ['GC_TASK_IDENTIFIERS', 'GC_JOB_QUEUES', 'DELETE_PERMAFAILED_JOBS'] })
  await utils.release()
}

main().then(() => process.exit(0), e => { console.log('failed', e.message, e.code); process.exit(1) })
