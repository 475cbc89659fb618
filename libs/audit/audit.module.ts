import { Module } from '@nestjs/common';
import { AuditRequestHandler, ListAuditHandler } from './audit.handlers';

/** Needs EVENT_LOG, CLOCK and READ_MODELS from a global module. */
@Module({ providers: [AuditRequestHandler, ListAuditHandler] })
export class AuditModule {}
