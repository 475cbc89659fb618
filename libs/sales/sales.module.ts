import { Module, type DynamicModule } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { GetKpisHandler, KPI_TIMEZONE } from './sales.handlers';

/** Needs READ_MODELS and CLOCK from a global module. */
@Module({})
export class SalesModule {
  static in(timezone: string): DynamicModule {
    return {
      module: SalesModule,
      imports: [CqrsModule],
      providers: [{ provide: KPI_TIMEZONE, useValue: timezone }, GetKpisHandler],
      exports: [KPI_TIMEZONE],
    };
  }
}
