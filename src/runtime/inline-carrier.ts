import { MessageChannel } from 'node:worker_threads';
import {
  HOST_VALUES,
  type HostMessage,
  messagePortTransport,
  sharedSlots,
  WORKER_VALUES,
  type WorkerMessage,
} from '../ipc/index.ts';
import type { ExitReason } from '../model/index.ts';
import type { Carried, Carrier, SessionSettings } from '../pool/index.ts';
import { perform } from '../worker/index.ts';

/**
 * Sessions on the thread of the runtime itself: the same code, behind a port as any, so that values are
 * copied and nothing is shared here, either. What runs cannot be ended: a session that is killed is
 * merely not heard any more.
 */
export class InlineCarrier implements Carrier {
  readonly zombies = 0;
  readonly #kills = new Set<() => void>();

  open(settings: SessionSettings, ended: (reason: ExitReason | undefined) => void): Carried {
    const { concurrency, values } = settings;
    const { port1, port2 } = new MessageChannel();
    const shared = sharedSlots(concurrency);
    let isOver = false;
    const end = (reason?: ExitReason) => {
      if (isOver) return;
      isOver = true;
      this.#kills.delete(kill);
      // What was said before the end is heard by then.
      setImmediate(() => ended(reason));
    };
    const kill = () => {
      port2.close();
      end({ kind: 'killed' });
    };
    this.#kills.add(kill);
    const session = messagePortTransport<WorkerMessage, HostMessage>(port2, {
      names: WORKER_VALUES,
      values,
    });
    perform(session, { ...settings, shared }).then(
      () => end(),
      (error: unknown) => end({ kind: 'error', error }),
    );
    const transport = messagePortTransport<HostMessage, WorkerMessage>(port1, {
      names: HOST_VALUES,
      values,
    });
    return { transport, shared, kill };
  }

  async destroy(): Promise<void> {
    for (const kill of [...this.#kills]) kill();
  }
}
