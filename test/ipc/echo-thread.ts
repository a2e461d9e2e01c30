import { MessageChannel, Worker } from 'node:worker_threads';
import { messagePortTransport } from '../../src/ipc/index.ts';

type Message = readonly [kind: number, value: unknown];

const ECHO = new URL('./fixtures/echo.mjs', import.meta.url);

/** A real thread that sends back what it is sent. */
export class EchoThread {
  readonly #worker: Worker;
  readonly #line;
  #heard: (value: unknown) => void = () => {};
  #failed: (error: Error) => void = () => {};

  constructor(env: Readonly<Record<string, string>> = {}) {
    const { port1, port2 } = new MessageChannel();
    this.#worker = new Worker(ECHO, {
      workerData: { port: port2 },
      transferList: [port2],
      env: { ...process.env, ...env },
    });
    this.#worker.on('error', (error) => this.#failed(error as Error));
    this.#line = messagePortTransport<Message, Message>(port1);
    this.#line.receive(
      (batch) => this.#heard(batch[0]?.[1]),
      (error) => this.#failed(error),
    );
  }

  /** The value as it comes back, after one way there and one way back. */
  echo<T>(value: T, kind = 1): Promise<T> {
    this.#line.write([kind, value]);
    this.#line.flush();
    return new Promise((resolve, reject) => {
      this.#heard = (got) => resolve(got as T);
      this.#failed = reject;
    });
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
    this.#line.close();
  }
}
