import { Controller, Get, Header, Inject } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { Gauge, Registry } from 'prom-client';
import { EVENT_LOG, type EventLog } from '@leadlog/event-log';
import { progressOf, READ_MODEL_STORE, type ReadModelStore } from '@leadlog/projections';

/** Prometheus metrics of the log and of every generation, read from the read models at each scrape. */
@ApiExcludeController()
@Controller('metrics')
export class MetricsController {
  private readonly registry = new Registry();
  private readonly head = this.gauge('leadlog_log_head_position', 'Position of the last event', []);
  private readonly lag = this.gauge('leadlog_projection_lag_events', 'Events behind the head', ['projection', 'generation', 'state']);
  private readonly rate = this.gauge('leadlog_projection_events_per_second', 'Events folded per second', ['projection', 'generation', 'state']);
  private readonly parked = this.gauge('leadlog_projection_parked_keys', 'Keys that wait for a repair', ['projection', 'generation', 'state']);

  constructor(
    @Inject(READ_MODEL_STORE) private readonly store: ReadModelStore,
    @Inject(EVENT_LOG) private readonly log: EventLog,
  ) {}

  @Get()
  @Header('content-type', 'text/plain; version=0.0.4; charset=utf-8')
  async metrics(): Promise<string> {
    const { generations } = await this.store.registry();
    const head = await this.log.head();
    const told = await progressOf(this.store, Date.now);
    this.registry.resetMetrics();
    this.head.set(Number(head));
    for (const generation of generations) {
      const labels = { projection: generation.projection, generation: generation.id, state: generation.state };
      const checkpoint = (await this.store.checkpoint(generation.id)) ?? -1n;
      this.lag.set(labels, Number(head - checkpoint));
      this.parked.set(labels, await this.store.listSize(generation.id, '~parked'));
      this.rate.set(labels, told.get(generation.id)?.rate ?? 0);
    }
    return this.registry.metrics();
  }

  private gauge(name: string, help: string, labelNames: string[]): Gauge {
    return new Gauge({ name, help, labelNames, registers: [this.registry] });
  }
}
