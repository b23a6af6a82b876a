// pg-boss: its schema, queues that are partitions, and what becomes of jobs.
const PgBoss = require('pg-boss')

const [, , port, database] = process.argv

async function main() {
  const boss = new PgBoss({ connectionString: `postgres://postgres:x@127.0.0.1:${port}/${database}`, max: 4 })
  boss.on('error', e => console.log('error', e.message))
  await boss.start()
  await boss.createQueue('q', { retryLimit: 2 })
  for (let i = 0; i < 5; i++) await boss.send('q', { i })
  await boss.send('q', { later: 1 }, { startAfter: 3600 })
  await boss.send('q', { s: 1 }, { singletonKey: 'a', singletonSeconds: 60 })
  console.log(await boss.send('q', { s: 1 }, { singletonKey: 'a', singletonSeconds: 60 }))
  const jobs = await boss.fetch('q', { batchSize: 3 })
  console.log(jobs.map(j => JSON.stringify(j.data)).sort())
  await boss.complete('q', jobs[0].id)
  await boss.fail('q', jobs[1].id, { e: 1 })
  await boss.cancel('q', jobs[2].id)
  console.log(await boss.getQueueSize('q'))
  await boss.schedule('q', '0 3 * * *', { x: 1 })
  console.log((await boss.getSchedules()).map(s => s.name + s.cron))
  await boss.unschedule('q')
  await new Promise(resolve => {
    let n = 0
    boss.work('q', { pollingIntervalSeconds: 0.5 }, async () => { if (++n === 3) resolve() })
  })
  await boss.subscribe('event', 'q')
  await boss.publish('event', { a: 1 })
  console.log((await boss.getQueues()).map(q => q.name))
  await boss.maintain()
  await boss.purgeQueue('q')
  await boss.deleteQueue('q').then(() => console.log('deleted'), e => console.log(e.code))
  await boss.stop({ graceful: false })
}

main().then(() => process.exit(0), e => { console.log('failed', e.message, e.code); process.exit(1) })
