import test from 'ava';
import { noteLook, traceFiles } from '../../tasks/system/file-trace.ts';

test('what a job looks at is noted for it alone, also behind the end of another, and for nobody where there is none', async (t) => {
  noteLook('/before', true);
  let goOn = () => {};
  const gate = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  const long = traceFiles(async () => {
    noteLook('/long', true);
    await gate;
    noteLook('/late', false);
    return 1;
  });
  const short = await traceFiles(async () => {
    await Promise.resolve();
    noteLook('/short', true);
  });
  const failed = traceFiles(() => Promise.reject(new Error('of the job')));
  await t.throwsAsync(failed, { message: 'of the job' });
  goOn();
  const { value, trace } = await long;
  t.is(value, 1);
  t.deepEqual([[...trace.there], [...trace.missing]], [['/long'], ['/late']]);
  t.deepEqual([...short.trace.there], ['/short']);
  noteLook('/between', true);
  const next = await traceFiles(async () => {
    await new Promise((resolve) => setImmediate(resolve));
    noteLook('/next', true);
  });
  t.deepEqual([...next.trace.there], ['/next']);
});
