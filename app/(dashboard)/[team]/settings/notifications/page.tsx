import type { Metadata } from "next";
import { PageHeader, Panel } from "@/app/_components/page";
import { load } from "@/app/_components/require";
import { api } from "@/server/api/caller";
import { Channels } from "./_components/channels";
import { Deliveries } from "./_components/deliveries";
import { MetricRules } from "./_components/metric-rules";
import { Preferences } from "./_components/preferences";

export const metadata: Metadata = { title: "Notifications" };

export default async function NotificationSettings({ params }: { params: Promise<{ team: string }> }) {
  const { team } = await params;
  const teams = await load(() => api.team.list());
  const mayEdit = teams.find((t) => t.slug === team)?.role !== "viewer";
  const [preferences, projects] = await Promise.all([
    load(() => api.notification.preferences({ team })),
    load(() => api.project.names({ team })),
  ]);
  const [first] = projects;
  const rules = first ? await load(() => api.rule.list({ team, project: first.slug })) : [];
  return (
    <>
      <PageHeader title="Notifications">
        You are told what happens to what you watch, by the bell and by mail, but not what you do yourself. To watch a
        project, sweep, run or recommendation, use the button at the top of its page.
      </PageHeader>
      <div className="space-y-4">
        <Preferences team={team} initial={preferences} />
        <MetricRules team={team} projects={projects} initial={rules} mayEdit={mayEdit} />
        {mayEdit ? (
          <>
            <Channels team={team} initial={await load(() => api.channel.list({ team }))} projects={projects} />
            <Deliveries team={team} initial={await load(() => api.channel.deliveries({ team }))} />
          </>
        ) : (
          <Panel title="Channels">Owners and editors of the team connect Slack and webhooks. Your role: viewer.</Panel>
        )}
      </div>
    </>
  );
}
