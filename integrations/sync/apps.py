from django.apps import AppConfig


class SyncConfig(AppConfig):
    name = "integrations.sync"
    verbose_name = "Sync"

    def ready(self) -> None:
        from integrations.connections.registry import standing_loads
        from integrations.linking import holdings, registry
        from integrations.sync.attention import attention_of_sync, end_of_sync, interval_of_sync, waiting_syncs
        from integrations.sync.holdings import count_holdings
        from integrations.sync.pace import load_of, looks_at
        from integrations.triggers.registry import regular_looks

        registry.attention.append(attention_of_sync)
        registry.intervals.append(interval_of_sync)
        registry.waiting.append(waiting_syncs)
        registry.ends.append(end_of_sync)
        holdings.counting.append(count_holdings)
        standing_loads.append(load_of)
        regular_looks.append(looks_at)
