/** Vitest's JSON report, completed with the errors outside of tests that vitest itself shows by its exit code alone. */
import { readFile, writeFile } from 'node:fs/promises';
import { JsonReporter, type SerializedError, type TestModule } from 'vitest/node';

export default class WithOutside extends JsonReporter {
  override async onTestRunEnd(
    modules: readonly TestModule[],
    unhandled: readonly Pick<SerializedError, 'message'>[] = [],
  ): Promise<void> {
    await super.onTestRunEnd(modules);
    const { outputFile } = this.ctx.config;
    const file = typeof outputFile === 'object' ? outputFile['json'] : undefined;
    if (file === undefined) throw new TypeError('--outputFile.json is missing.');
    const outside = [...unhandled, ...modules.flatMap(errorsOf)].map(({ message }) => message);
    const report = JSON.parse(await readFile(file, 'utf8')) as object;
    await writeFile(file, JSON.stringify({ ...report, outside }));
  }
}

/** Of the file, and of hooks around its tests. */
function errorsOf(module: TestModule): SerializedError[] {
  return [
    ...module.errors(),
    ...[...module.children.allSuites()].flatMap((suite) => suite.errors()),
  ] as SerializedError[];
}
